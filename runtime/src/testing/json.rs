//! Trees of finished spans for serde, with the same text each time a test runs.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::forest::Forest;
use super::tree::SpanTree;
use crate::model::finished_span::{FinishedSpan, Reference, ReferenceKind};
use crate::model::id::{SpanId, TraceId};
use crate::model::tag::{Tag, TagValue};

/// A list of trees. Each span is a map with the keys that [`SpanTree`] lists.
impl Serialize for SpanTree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let forest = Forest::new(self.spans());
        let shown = Shown::new(&forest, self.has_times());
        Siblings(&forest.tops, &shown, 0).serialize(serializer)
    }
}

#[cfg(feature = "json")]
impl SpanTree {
    /// The trees as JSON: what serde makes of them.
    ///
    /// ```
    /// use fedtrace::testing::TestTracer;
    /// use serde_json::json;
    ///
    /// # if !cfg!(feature = "enable") { return; }
    /// let test = TestTracer::new();
    /// fedtrace::with_tracer(test.tracer(), || {
    ///     let _request = fedtrace::start_active_span("GET /sync");
    ///     fedtrace::set_tag("since", 12);
    ///     drop(fedtrace::start_active_span("store"));
    /// });
    /// let tree = test.tree().to_json();
    /// assert_eq!(tree[0]["tags"]["since"], 12);
    /// assert_eq!(tree[0]["children"], json!([{ "name": "store", "span": 2 }]));
    /// ```
    pub fn to_json(&self) -> serde_json::Value {
        // The keys are texts and no writer fails.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The spans, with numbers for ids.
struct Shown<'a> {
    forest: &'a Forest<'a>,
    traces: HashMap<TraceId, usize>,
    spans: HashMap<(TraceId, SpanId), usize>,
    /// When the first span started, if times are shown.
    begin: Option<SystemTime>,
}

impl<'a> Shown<'a> {
    fn new(forest: &'a Forest<'a>, has_times: bool) -> Self {
        let mut shown = Self {
            forest,
            traces: HashMap::new(),
            spans: HashMap::new(),
            begin: None,
        };
        for &index in forest.in_order() {
            let Some(span) = forest.span(index) else { continue };
            let next = shown.traces.len() + 1;
            shown.traces.entry(span.trace_id).or_insert(next);
            let next = shown.spans.len() + 1;
            shown.spans.insert((span.trace_id, span.span_id), next);
            if has_times && shown.begin.is_none_or(|begin| span.start_time < begin) {
                shown.begin = Some(span.start_time);
            }
        }
        shown
    }

    fn number(&self, trace_id: TraceId, span_id: SpanId) -> Option<usize> {
        self.spans.get(&(trace_id, span_id)).copied()
    }
}

/// Below so many levels children are only counted, since a writer calls itself for each level.
const MOST_LEVELS: usize = 500;

struct Siblings<'a>(&'a [usize], &'a Shown<'a>, usize);

impl Serialize for Siblings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for &index in self.0 {
            if let Some(span) = self.1.forest.span(index) {
                list.serialize_element(&Node(index, span, self.1, self.2))?;
            }
        }
        list.end()
    }
}

struct Node<'a>(usize, &'a FinishedSpan, &'a Shown<'a>, usize);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(index, span, shown, level) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &*span.operation_name)?;
        map.serialize_entry("span", &shown.number(span.trace_id, span.span_id))?;
        if shown.forest.parent(index).is_none() {
            map.serialize_entry("trace", &shown.traces.get(&span.trace_id))?;
            if span.parent_span_id.is_some() {
                map.serialize_entry("parent", if span.local_root { "remote" } else { "missing" })?;
            }
        }
        if let Some(begin) = shown.begin {
            let start = span.start_time.duration_since(begin).unwrap_or_default();
            map.serialize_entry("start_us", &micros(start))?;
            map.serialize_entry("duration_us", &micros(span.duration))?;
        }
        if !span.tags.is_empty() {
            map.serialize_entry("tags", &Tags(&span.tags))?;
        }
        if !span.logs.is_empty() {
            let logs: Vec<Tags<'_>> = span.logs.iter().map(|log| Tags(&log.fields)).collect();
            map.serialize_entry("logs", &logs)?;
        }
        if !span.references.is_empty() {
            map.serialize_entry("references", &References(&span.references, shown))?;
        }
        match shown.forest.children(index) {
            [] => {}
            children if level + 1 >= MOST_LEVELS => map.serialize_entry("deeper", &children.len())?,
            children => map.serialize_entry("children", &Siblings(children, shown, level + 1))?,
        }
        map.end()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Tags or fields, sorted: the order in which a program sets them says nothing.
struct Tags<'a>(&'a [Tag]);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tags: Vec<&Tag> = self.0.iter().collect();
        tags.sort_by(|one, other| one.key.cmp(&other.key));
        let mut map = serializer.serialize_map(Some(tags.len()))?;
        for tag in tags {
            map.serialize_entry(&*tag.key, &Value(&tag.value))?;
        }
        map.end()
    }
}

struct Value<'a>(&'a TagValue);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            TagValue::String(text) => serializer.serialize_str(text),
            TagValue::Bool(value) => serializer.serialize_bool(*value),
            TagValue::Long(value) => serializer.serialize_i64(*value),
            TagValue::Double(value) => serializer.serialize_f64(*value),
            TagValue::Binary(bytes) => {
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                serializer.serialize_str(&format!("0x{digits}"))
            }
        }
    }
}

struct References<'a>(&'a [Reference], &'a Shown<'a>);

impl Serialize for References<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for reference in self.0 {
            let kind = match reference.kind {
                ReferenceKind::ChildOf => "child_of",
                ReferenceKind::FollowsFrom => "follows_from",
            };
            let number = self.1.number(reference.trace_id, reference.span_id);
            list.serialize_element(&HashMap::from([(kind, number)]))?;
        }
        list.end()
    }
}
