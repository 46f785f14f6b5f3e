//! Random programs of spans, compared with a naive model of what they say.

use std::mem;

use proptest::collection::vec;
use proptest::prelude::*;

use super::active::{active_span, log_kv, set_tag};
use super::builder::start_active_span;
use super::future::poll::EnteredSpan;
use super::handle::Span;
use super::scope::Scope;
use super::stack::detached::DetachedStack;
use crate::delivery::details::End;
use crate::model::finished_span::FinishedSpan;
use crate::model::site::Site;
use crate::model::tag::{Tag, TagValue};
use crate::reporter::memory::MemoryReporter;
use crate::tracer::core::Tracer;
use crate::tracer::global::with_tracer;
use crate::util::text::beginning;

const TAGS: usize = 20;
const RECORDS: usize = 5;
const VALUE: usize = 40;
/// More spans than a thread keeps before it hands them over.
const BURST: usize = 300;

const KEYS: [&str; 24] = [
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "v",
    "w",
    "sampler.param",
];

#[derive(Debug, Clone)]
enum Step {
    Open { owned_name: bool },
    Close { which: usize },
    Tag { key: usize, owned_key: bool, value: u8 },
    Log { fields: usize, value: u8 },
    Promote,
    TagByHandle { which: usize, key: usize, value: u8 },
    LogByHandle { which: usize, value: u8 },
    Rename { which: usize, value: u8 },
    DropHandle { which: usize },
    OpenFuture,
    Park,
    Resume { which: usize },
    CloseFuture,
    Burst,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(|owned_name| Step::Open { owned_name }),
        3 => any::<usize>().prop_map(|which| Step::Close { which }),
        12 => (0..KEYS.len(), any::<bool>(), any::<u8>())
            .prop_map(|(key, owned_key, value)| Step::Tag { key, owned_key, value }),
        4 => (0..TAGS + 3, any::<u8>()).prop_map(|(fields, value)| Step::Log { fields, value }),
        1 => Just(Step::Promote),
        2 => (any::<usize>(), 0..KEYS.len(), any::<u8>())
            .prop_map(|(which, key, value)| Step::TagByHandle { which, key, value }),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(which, value)| Step::LogByHandle { which, value }),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(which, value)| Step::Rename { which, value }),
        1 => any::<usize>().prop_map(|which| Step::DropHandle { which }),
        2 => Just(Step::OpenFuture),
        2 => Just(Step::Park),
        2 => any::<usize>().prop_map(|which| Step::Resume { which }),
        1 => Just(Step::CloseFuture),
        1 => Just(Step::Burst),
    ]
}

fn value(seed: u8) -> TagValue {
    match seed % 7 {
        0 => TagValue::Long(i64::from(seed)),
        1 => TagValue::Bool(seed > 100),
        2 => TagValue::Double(f64::from(seed)),
        3 => TagValue::from_static("a literal"),
        4 => TagValue::Binary(vec![seed; usize::from(seed)]),
        5 => "ä".repeat(usize::from(seed)).into(),
        _ => seed.to_string().into(),
    }
}

fn cut(value: &TagValue) -> TagValue {
    match value {
        TagValue::String(text) => beginning(text, VALUE).to_owned().into(),
        TagValue::Binary(bytes) => TagValue::Binary(bytes.iter().copied().take(VALUE).collect()),
        other => other.clone(),
    }
}

/// What a span says, kept in the simplest way.
#[derive(Debug, Clone, Default)]
struct Model {
    name: String,
    parent: Option<usize>,
    tags: Vec<Tag>,
    logs: Vec<Vec<Tag>>,
    is_finished: bool,
}

impl Model {
    fn tag(&mut self, key: &'static str, value: &TagValue) {
        let (value, has_place) = (cut(value), self.tags.len() < TAGS);
        match self.tags.iter_mut().find(|tag| tag.key == key) {
            Some(tag) => tag.value = value,
            None if has_place => self.tags.push(Tag::new(key, value)),
            None => {}
        }
    }

    fn log(&mut self, fields: &[Tag]) {
        let fields = fields.iter().take(TAGS);
        let fields = fields.map(|tag| Tag::new(tag.key.clone(), cut(&tag.value)));
        self.logs.push(fields.collect());
    }

    fn shown_tags(&self) -> Vec<Tag> {
        let mut shown = Vec::new();
        if self.parent.is_none() {
            shown = vec![Tag::new("sampler.type", "const"), Tag::new("sampler.param", true)];
        }
        for tag in &self.tags {
            match shown.iter_mut().find(|known| known.key == tag.key) {
                Some(known) => known.value = tag.value.clone(),
                None => shown.push(tag.clone()),
            }
        }
        shown
    }

    fn shown_logs(&self) -> Vec<Vec<Tag>> {
        let all = self.logs.len();
        if all <= RECORDS {
            return self.logs.clone();
        }
        let first = (RECORDS - 1) / 2;
        let newest = RECORDS - first - 1;
        let mut shown = self.logs[..first].to_vec();
        shown.push(vec![
            Tag::new("event", "dropped Span logs"),
            Tag::new("dropped_log_count", (all - RECORDS + 1) as i64),
            Tag::new("component", "fedtrace"),
        ]);
        shown.extend_from_slice(&self.logs[all - newest..]);
        shown
    }
}

enum Open {
    Scope(Scope),
    Future(EnteredSpan),
}

/// A future that was left, with what is open inside it.
struct Parked {
    span: usize,
    detached: Box<DetachedStack>,
    inner: Vec<(usize, Open)>,
}

/// A program while it runs, with the model beside it.
#[derive(Default)]
struct Program {
    spans: Vec<Model>,
    stack: Vec<(usize, Open)>,
    parked: Vec<Parked>,
    handles: Vec<(usize, Span)>,
    bursts: usize,
}

fn pick<T>(items: &[T], which: usize) -> Option<usize> {
    which.checked_rem(items.len())
}

impl Program {
    fn open(&mut self, name: String, open: Open) {
        let parent = self.stack.last().map(|(span, _)| *span);
        self.stack.push((self.spans.len(), open));
        self.spans.push(Model {
            name,
            parent,
            ..Model::default()
        });
    }

    fn name(&self) -> String {
        format!("span {}", self.spans.len())
    }

    fn active(&mut self) -> Option<&mut Model> {
        let (span, _) = self.stack.last()?;
        self.spans.get_mut(*span)
    }

    /// The place of the innermost future on the stack.
    fn innermost_future(&self) -> Option<usize> {
        self.stack
            .iter()
            .rposition(|(_, open)| matches!(open, Open::Future(_)))
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Open { owned_name } => {
                let name = self.name();
                let scope = match owned_name {
                    true => start_active_span(name.clone()),
                    false => start_active_span(&*name.clone().leak()),
                };
                self.open(name, Open::Scope(scope));
            }
            Step::Close { which } => self.close(which),
            Step::Tag {
                key,
                owned_key,
                value: seed,
            } => {
                let (key, value) = (KEYS[key], value(seed));
                match (&value, owned_key) {
                    (_, true) => set_tag(key.to_owned(), value.clone()),
                    (TagValue::String(text), false) => set_tag(key, &**text),
                    (_, false) => set_tag(key, &value),
                }
                if let Some(active) = self.active() {
                    active.tag(key, &value);
                }
            }
            Step::Log { fields, value: seed } => {
                let fields: Vec<_> = (0..fields).map(|key| Tag::new(KEYS[key], value(seed))).collect();
                log_kv(fields.clone());
                if let (Some(active), false) = (self.active(), fields.is_empty()) {
                    active.log(&fields);
                }
            }
            Step::Promote => {
                if let (Some(handle), Some((span, _))) = (active_span(), self.stack.last()) {
                    self.handles.push((*span, handle));
                }
            }
            Step::OpenFuture => {
                let name = self.name();
                let site = Box::leak(Box::new(Site {
                    name: name.clone().leak(),
                }));
                self.open(name, Open::Future(EnteredSpan::open(site, None)));
            }
            Step::Park => self.park(),
            Step::Resume { which } => self.resume(which),
            Step::CloseFuture => self.close_future(),
            Step::Burst => {
                self.bursts += 1;
                for _ in 0..BURST {
                    let _scope = start_active_span("burst");
                    set_tag("burst", true);
                }
            }
            _ => self.use_handle(step),
        }
    }

    fn use_handle(&mut self, step: &Step) {
        let (Step::TagByHandle { which, .. }
        | Step::LogByHandle { which, .. }
        | Step::Rename { which, .. }
        | Step::DropHandle { which }) = *step
        else {
            return;
        };
        let Some(place) = pick(&self.handles, which) else {
            return;
        };
        let (span, handle) = &self.handles[place];
        let model = &mut self.spans[*span];
        let is_open = !model.is_finished;
        match *step {
            Step::TagByHandle { key, value: seed, .. } => {
                handle.set_tag(KEYS[key], value(seed));
                if is_open {
                    model.tag(KEYS[key], &value(seed));
                }
            }
            Step::LogByHandle { value: seed, .. } => {
                handle.log_kv([("field", value(seed))]);
                if is_open {
                    model.log(&[Tag::new("field", value(seed))]);
                }
            }
            Step::Rename { value: seed, .. } => {
                let name = format!("{} renamed {seed}", model.name);
                handle.set_operation_name(name.clone());
                if is_open {
                    model.name = name;
                }
            }
            _ => drop(self.handles.remove(place)),
        }
    }

    fn close(&mut self, which: usize) {
        let scopes = self.stack.iter().enumerate();
        let scopes: Vec<_> = scopes
            .filter(|(_, (_, open))| matches!(open, Open::Scope(_)))
            .map(|(place, _)| place)
            .collect();
        if let Some(place) = pick(&scopes, which) {
            let (span, open) = self.stack.remove(scopes[place]);
            drop(open);
            self.spans[span].is_finished = true;
        }
    }

    fn park(&mut self) {
        let Some(place) = self.innermost_future() else {
            return;
        };
        let inner = self.stack.split_off(place + 1);
        if let Some((span, Open::Future(entered))) = self.stack.pop() {
            let detached = entered.leave().expect("a span that was entered");
            self.parked.push(Parked {
                span,
                detached,
                inner,
            });
        }
    }

    fn resume(&mut self, which: usize) {
        if let Some(place) = pick(&self.parked, which) {
            let Parked {
                span,
                detached,
                inner,
            } = self.parked.remove(place);
            self.stack
                .push((span, Open::Future(EnteredSpan::resume(detached))));
            self.stack.extend(inner);
        }
    }

    fn close_future(&mut self) {
        let Some(place) = self.innermost_future() else {
            return;
        };
        let inner = self.stack.split_off(place + 1);
        if let Some((span, Open::Future(mut entered))) = self.stack.pop() {
            entered.close(End::Done);
            self.spans[span].is_finished = true;
        }
        // Above nothing, they end with the future.
        for (span, open) in inner {
            match place {
                0 => self.spans[span].is_finished = true,
                _ => self.stack.push((span, open)),
            }
        }
    }

    fn end(&mut self) {
        while !self.parked.is_empty() {
            self.resume(0);
            self.close_future();
        }
        while let Some((_, open)) = self.stack.pop() {
            match open {
                Open::Scope(scope) => drop(scope),
                Open::Future(mut entered) => entered.close(End::Done),
            }
        }
        self.handles.clear();
    }

    fn check(&self, finished: &[FinishedSpan]) {
        let burst = finished.iter().filter(|span| span.operation_name == "burst");
        assert_eq!(burst.count(), self.bursts * BURST);
        assert_eq!(finished.len(), self.spans.len() + self.bursts * BURST);
        let find = |model: &Model| finished.iter().find(|span| span.operation_name == model.name);
        for model in &self.spans {
            let span = find(model).unwrap_or_else(|| panic!("{model:?} is missing"));
            let parent = model.parent.and_then(|parent| find(&self.spans[parent]));
            assert_eq!(
                span.parent_span_id,
                parent.map(|parent| parent.span_id),
                "{model:?}"
            );
            assert_eq!(span.local_root, model.parent.is_none());
            assert_eq!(span.tags, model.shown_tags(), "{model:?}");
            let logs: Vec<_> = span.logs.iter().map(|log| log.fields.clone()).collect();
            assert_eq!(logs, model.shown_logs(), "{model:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_span_says_what_a_naive_model_says(steps in vec(step(), 0..120)) {
        let reporter = MemoryReporter::new();
        let builder = Tracer::builder("model")
            .reporter(reporter.clone())
            .max_tags_per_span(TAGS)
            .max_logs_per_span(RECORDS)
            .max_tag_value_length(VALUE);
        let (tracer, guard) = builder.build().unwrap();
        let mut program = Program::default();
        with_tracer(&tracer, || {
            steps.iter().for_each(|step| program.step(step));
            program.end();
        });
        drop(guard);
        program.check(&mem::take(&mut reporter.take()));
        let stats = tracer.stats();
        prop_assert_eq!(stats.lost_spans(), 0);
        prop_assert_eq!(stats.started_sampled_spans, stats.reported_spans);
        prop_assert_eq!((stats.queued_spans, stats.queued_bytes, stats.open_bytes), (0, 0, 0));
    }
}
