//! Random programs, seen by our layer and by `tracing-opentelemetry` on the same registry: both must tell the same.
//!
//! What is compared: the names, the parents, the fields, the events in their order, the references and whether a span has failed.
//! Differences that are wanted stand in `docs/coming-from-tracing.md`; what the programs do avoids them, or `expected` says so.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fedtrace::testing::TestTracer;
use fedtrace::{FinishedSpan, ReferenceKind, TagValue, Tracer, tracing_layer, with_tracer};
use opentelemetry::Value;
use opentelemetry::trace::{Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::field::Empty;
use tracing::span::Id;
use tracing::{Dispatch, Instrument as _, Span, error, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

const THREADS: usize = 3;
const SPANS: usize = 8;
const STEPS: usize = 60;
const PROGRAMS: u64 = 300;

/// What one side tells about a span.
#[derive(Debug, PartialEq)]
struct Told {
    parent: Option<String>,
    failed: bool,
    fields: BTreeMap<String, String>,
    events: Vec<BTreeMap<String, String>>,
    references: BTreeSet<String>,
}

type AllTold = BTreeMap<String, Told>;

/// Both layers on one registry, and what arrives behind them.
struct Both {
    test: TestTracer,
    dispatch: Dispatch,
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Both {
    fn new() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let theirs = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("test"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        let subscriber = tracing_subscriber::registry()
            .with(tracing_layer().with_target(true))
            .with(theirs);
        Self {
            test: TestTracer::new(),
            dispatch: Dispatch::new(subscriber),
            provider,
            exporter,
        }
    }

    fn ours(&self) -> AllTold {
        let spans = self.test.finished_spans();
        let names: BTreeMap<_, _> = spans
            .iter()
            .map(|span| (span.span_id, span.operation_name.to_string()))
            .collect();
        let told = |span: &FinishedSpan| {
            let parent = span.parent_span_id.map(|id| names[&id].clone());
            let is_link = |kind| kind == ReferenceKind::FollowsFrom;
            let told = Told {
                failed: span.tag("error") == Some(&TagValue::Bool(true)),
                fields: span
                    .tags
                    .iter()
                    .filter(|tag| tag.key != "error" && !tag.key.starts_with("sampler."))
                    .map(|tag| (tag.key.to_string(), tag.value.to_string()))
                    .collect(),
                events: span
                    .logs
                    .iter()
                    .map(|log| {
                        let fields = log.fields.iter();
                        fields
                            .map(|field| (field.key.to_string(), field.value.to_string()))
                            .collect()
                    })
                    .collect(),
                references: span
                    .references
                    .iter()
                    .filter(|reference| is_link(reference.kind))
                    .map(|reference| names[&reference.span_id].clone())
                    .collect(),
                parent,
            };
            (span.operation_name.to_string(), told)
        };
        spans.iter().map(told).collect()
    }

    fn theirs(&self) -> AllTold {
        self.provider.force_flush().unwrap();
        let spans = self.exporter.get_finished_spans().unwrap();
        let names: BTreeMap<_, _> = spans
            .iter()
            .map(|span| (span.span_context.span_id().to_string(), span.name.to_string()))
            .collect();
        spans
            .iter()
            .map(|span| (span.name.to_string(), Self::told(span, &names)))
            .collect()
    }

    fn told(span: &SpanData, names: &BTreeMap<String, String>) -> Told {
        let parent = names.get(&span.parent_span_id.to_string()).cloned();
        let text = |value: &Value| value.as_str().into_owned();
        Told {
            failed: matches!(span.status, Status::Error { .. }),
            fields: span
                .attributes
                .iter()
                .map(|pair| (pair.key.to_string(), text(&pair.value)))
                .collect(),
            events: span
                .events
                .iter()
                .map(|event| {
                    let attributes = event.attributes.iter();
                    attributes
                        .map(|pair| (pair.key.to_string(), text(&pair.value)))
                        .chain([("event".to_owned(), event.name.to_string())])
                        .collect()
                })
                .collect(),
            // Jaeger would not show a parent that is also followed, so we leave it out.
            references: span
                .links
                .iter()
                .map(|link| names[&link.span_context.span_id().to_string()].clone())
                .filter(|name| Some(name) != parent.as_ref())
                .collect(),
            parent,
        }
    }

    fn compare(&self, program: &dyn std::fmt::Debug) {
        let (ours, theirs) = (self.ours(), self.theirs());
        let names = |told: &AllTold| told.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&ours), names(&theirs), "{program:?}");
        for (name, told) in &ours {
            assert_eq!(told, &theirs[name], "{name} (left: ours) in {program:?}");
        }
    }
}

#[derive(Debug, Clone)]
enum Parent {
    Context,
    None,
    Span(usize),
}

#[derive(Debug, Clone)]
enum Step {
    Start {
        number: usize,
        parent: Parent,
    },
    Enter {
        span: usize,
    },
    /// The entry of this thread with this index, modulo their number.
    Exit {
        entry: usize,
    },
    Record {
        span: usize,
        field: usize,
        value: i64,
    },
    Event {
        parent: Option<usize>,
        failed: bool,
        value: i64,
    },
    Follow {
        span: usize,
        cause: usize,
    },
    Drop {
        span: usize,
    },
}

/// Each step with the thread that does it.
fn random_program(random: &mut fastrand::Rng) -> Vec<(usize, Step)> {
    let mut started = 0;
    let mut steps = Vec::new();
    for _ in 0..STEPS {
        let span = random.usize(..started.max(1));
        let other = random.usize(..started.max(1));
        let step = match random.u8(..16) {
            0..=2 if started < SPANS => {
                let parent = match random.u8(..6) {
                    0 => Parent::None,
                    1 if started > 0 => Parent::Span(other),
                    _ => Parent::Context,
                };
                started += 1;
                Step::Start {
                    number: started - 1,
                    parent,
                }
            }
            3..=6 => Step::Enter { span },
            7..=9 => Step::Exit {
                entry: random.usize(..4),
            },
            10..=11 => Step::Record {
                span,
                field: random.usize(..3),
                value: random.i64(0..100),
            },
            // One that follows itself hangs in `tracing-opentelemetry`.
            14 if span != other => Step::Follow { span, cause: other },
            15 => Step::Drop { span },
            _ => Step::Event {
                parent: random.bool().then_some(span),
                failed: random.u8(..4) == 0,
                value: random.i64(0..100),
            },
        };
        steps.push((random.usize(..THREADS), step));
    }
    steps
}

/// The spans of a program. A handle that was dropped stays `None`.
#[derive(Default)]
struct Spans(Mutex<BTreeMap<usize, Span>>);

impl Spans {
    fn get(&self, number: usize) -> Option<Span> {
        self.0.lock().unwrap().get(&number).cloned()
    }
}

fn start(number: usize, parent: &Parent, spans: &Spans) -> Option<Span> {
    let name = format!("s{number}");
    macro_rules! span {
        ($($parent:tt)*) => {
            info_span!($($parent)* "span", otel.name = name, number, a = Empty, b = Empty, c = Empty)
        };
    }
    Some(match parent {
        Parent::Context => span!(),
        Parent::None => span!(parent: None,),
        Parent::Span(parent) => {
            let parent = spans.get(*parent)?;
            span!(parent: &parent,)
        }
    })
}

/// Does one step on this thread, which is inside of these spans.
fn execute(step: &Step, spans: &Spans, inside: &mut Vec<Span>) {
    match step {
        Step::Start { number, parent } => {
            if let Some(span) = start(*number, parent, spans) {
                spans.0.lock().unwrap().insert(*number, span);
            }
        }
        Step::Enter { span } => {
            // `tracing-opentelemetry` counts no entries: it makes the span current again. `spans.rs` tests that.
            let span = spans.get(*span).filter(|span| !inside.contains(span));
            if let Some(span) = span {
                Span::with_subscriber(&span, |(id, dispatch): (&Id, &Dispatch)| dispatch.enter(id));
                inside.push(span);
            }
        }
        Step::Exit { entry } => {
            if !inside.is_empty() {
                let span = inside.remove(entry % inside.len());
                Span::with_subscriber(&span, |(id, dispatch): (&Id, &Dispatch)| dispatch.exit(id));
            }
        }
        Step::Record { span, field, value } => {
            if let Some(span) = spans.get(*span) {
                span.record(["a", "b", "c"][*field], value);
            }
        }
        Step::Event {
            parent,
            failed,
            value,
        } => {
            let parent = parent.and_then(|parent| spans.get(parent));
            match (parent, failed) {
                (Some(parent), true) => error!(parent: &parent, value, "failed"),
                (Some(parent), false) => info!(parent: &parent, value, text = ?value, "done"),
                (None, true) => error!(value, "failed"),
                (None, false) => info!(value, text = %value, "done"),
            }
        }
        Step::Follow { span, cause } => {
            if let (Some(span), Some(cause)) = (spans.get(*span), spans.get(*cause)) {
                span.follows_from(&cause);
            }
        }
        Step::Drop { span } => {
            let dropped = spans.0.lock().unwrap().remove(span);
            drop(dropped);
        }
    }
}

/// A thread that does one step after the other, as it is told.
fn worker(
    tracer: Tracer,
    dispatch: Dispatch,
    spans: Arc<Spans>,
    steps: mpsc::Receiver<Step>,
    done: mpsc::Sender<()>,
) {
    with_tracer(&tracer, || {
        tracing::dispatcher::with_default(&dispatch, || {
            let mut inside = Vec::new();
            for step in steps {
                execute(&step, &spans, &mut inside);
                done.send(()).unwrap();
            }
            while !inside.is_empty() {
                execute(&Step::Exit { entry: 0 }, &spans, &mut inside);
            }
        });
    });
}

fn run(program: &[(usize, Step)], both: &Both) {
    let spans = Arc::new(Spans::default());
    let (done, is_done) = mpsc::channel();
    let mut threads = Vec::new();
    for _ in 0..THREADS {
        let (steps, receiver) = mpsc::channel();
        let (tracer, dispatch) = (both.test.tracer().clone(), both.dispatch.clone());
        let (spans, done) = (spans.clone(), done.clone());
        let handle = thread::spawn(move || worker(tracer, dispatch, spans, receiver, done));
        threads.push((steps, handle));
    }
    for (thread, step) in program {
        threads[*thread].0.send(step.clone()).unwrap();
        is_done.recv_timeout(Duration::from_secs(10)).unwrap();
    }
    for (steps, handle) in threads {
        drop(steps);
        handle.join().unwrap();
    }
    let all = std::mem::take(&mut *spans.0.lock().unwrap());
    tracing::dispatcher::with_default(&both.dispatch, || drop(all));
}

#[test]
fn programs_on_several_threads_give_the_same_trees_fields_and_events_as_opentelemetry() {
    let mut kept = 0;
    for seed in 0..PROGRAMS {
        let both = Both::new();
        let program = random_program(&mut fastrand::Rng::with_seed(seed));
        run(&program, &both);
        both.compare(&(seed, &program));
        kept += both.test.finished_spans().len();
    }
    assert!(
        kept > PROGRAMS as usize * SPANS / 2,
        "{kept} spans are too few to compare"
    );
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A task with a span of its own, which yields, logs, and waits for others, that it spawns or not.
fn random_task(mut random: fastrand::Rng, path: String, depth: u32) -> Task {
    let span = info_span!("task", otel.name = path, late = Empty);
    let work = async move {
        for child in 0..random.usize(..4) {
            tokio::task::yield_now().await;
            if depth > 0 {
                let path = format!("{path}.{child}");
                let task = random_task(random.fork(), path.clone(), depth - 1);
                match random.u8(..3) {
                    0 => task.await,
                    1 => {
                        let spawned = tokio::spawn(task);
                        spawned.await.unwrap();
                    }
                    _ => {
                        let detached = async move {
                            tokio::task::yield_now().await;
                            info!(path, "in the current span");
                            task.await;
                        };
                        let detached = detached.in_current_span();
                        tokio::spawn(detached).await.unwrap();
                    }
                }
            }
            info!(child, "done");
            Span::current().record("late", child);
        }
    };
    Box::pin(work.instrument(span))
}

/// A runtime whose threads have this subscriber, also when they drop a task.
fn runtime(dispatch: &Dispatch) -> tokio::runtime::Runtime {
    let dispatch = dispatch.clone();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&dispatch)))
        .build()
        .unwrap()
}

#[test]
fn tasks_give_the_same_trees_fields_and_events_as_opentelemetry() {
    let mut kept = 0;
    for seed in 0..30 {
        let both = Both::new();
        let runtime = runtime(&both.dispatch);
        let tracer = both.test.tracer().clone();
        let task = with_tracer(&tracer, || {
            tracing::dispatcher::with_default(&both.dispatch, || {
                let _root = info_span!("root", otel.name = "root").entered();
                random_task(fastrand::Rng::with_seed(seed), "0".to_owned(), 4)
            })
        });
        runtime.block_on(async { tokio::spawn(task).await.unwrap() });
        drop(runtime);
        both.compare(&seed);
        kept += both.test.finished_spans().len();
    }
    assert!(kept > 200, "{kept} spans are too few to compare");
}
