//! The JSON that Jaeger's query API answers with, and that Jaeger's UI opens as a file.

use std::collections::HashMap;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::base64::Base64;
use super::micros::{duration_micros, micros_since_epoch};
use super::not_finite::text_if_not_finite;
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::model::id::TraceId;
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue};

/// The largest integer that JavaScript has. Jaeger writes what is beyond as text.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// A span and the process that it comes from.
pub(crate) type ProcessSpan<'a> = (&'a Process, &'a FinishedSpan);

/// The traces of these spans, in the order in which their first spans stand. Each has its own list of processes. So many more
/// spans are not in it, of whichever traces.
pub(crate) fn traces_as_json(spans: &[ProcessSpan<'_>], left_out: u64) -> String {
    Document {
        traces: by_trace(spans),
        left_out,
    }
    .to_json()
}

/// A single trace of which so many spans are missing.
#[cfg(feature = "page")]
pub(crate) fn trace_as_json(spans: &[ProcessSpan<'_>], missing: u64) -> String {
    let mut traces = by_trace(spans);
    traces.iter_mut().for_each(|trace| trace.missing = missing);
    Document { traces, left_out: 0 }.to_json()
}

fn by_trace<'a>(spans: &[ProcessSpan<'a>]) -> Vec<Trace<'a>> {
    let mut places = HashMap::new();
    let mut traces: Vec<Trace<'a>> = Vec::new();
    for &(process, span) in spans {
        let place = *places.entry(span.trace_id).or_insert(traces.len());
        if place == traces.len() {
            traces.push(Trace::new(span.trace_id));
        }
        if let Some(trace) = traces.get_mut(place) {
            trace.add(process, span);
        }
    }
    traces
}

struct Trace<'a> {
    id: TraceId,
    processes: Vec<&'a Process>,
    /// Each with the index of its process.
    spans: Vec<(usize, &'a FinishedSpan)>,
    missing: u64,
}

impl<'a> Trace<'a> {
    fn new(id: TraceId) -> Self {
        Self {
            id,
            processes: Vec::new(),
            spans: Vec::new(),
            missing: 0,
        }
    }

    fn add(&mut self, process: &'a Process, span: &'a FinishedSpan) {
        let known = self
            .processes
            .iter()
            .position(|known| std::ptr::eq(*known, process) || *known == process);
        let index = known.unwrap_or_else(|| {
            self.processes.push(process);
            self.processes.len() - 1
        });
        self.spans.push((index, span));
    }
}

fn process_id(index: usize) -> String {
    format!("p{}", index + 1)
}

struct Document<'a> {
    traces: Vec<Trace<'a>>,
    left_out: u64,
}

impl Document<'_> {
    fn to_json(&self) -> String {
        // Nothing here fails: all keys are text, and a `String` takes everything.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Document", 2)?;
        json.serialize_field("data", &self.traces)?;
        // Jaeger has no such field, so it is there only if it is needed.
        match warning_of(self.left_out) {
            Some(warning) => json.serialize_field("warnings", &[warning])?,
            None => json.skip_field("warnings")?,
        }
        json.end()
    }
}

fn warning_of(missing: u64) -> Option<String> {
    match missing {
        0 => None,
        1 => Some("1 more span found no room here".to_owned()),
        _ => Some(format!("{missing} more spans found no room here")),
    }
}

impl Serialize for Trace<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Trace", 4)?;
        let spans: Vec<_> = self
            .spans
            .iter()
            .map(|(index, span)| Span(*index, span))
            .collect();
        json.serialize_field("traceID", &Shown(self.id))?;
        json.serialize_field("spans", &spans)?;
        json.serialize_field("processes", &Processes(&self.processes))?;
        json.serialize_field("warnings", &warning_of(self.missing).map(|warning| [warning]))?;
        json.end()
    }
}

struct Processes<'a>(&'a [&'a Process]);

impl Serialize for Processes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_map(Some(self.0.len()))?;
        for (index, process) in self.0.iter().enumerate() {
            json.serialize_entry(&process_id(index), &OneProcess(process))?;
        }
        json.end()
    }
}

struct OneProcess<'a>(&'a Process);

impl Serialize for OneProcess<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Process", 2)?;
        json.serialize_field("serviceName", &self.0.service_name)?;
        json.serialize_field("tags", &KeyValues(&self.0.tags))?;
        json.end()
    }
}

struct Span<'a>(usize, &'a FinishedSpan);

impl Serialize for Span<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(process, span) = self;
        let logs: Vec<_> = span.logs.iter().map(Log).collect();
        let mut json = serializer.serialize_struct("Span", 11)?;
        json.serialize_field("traceID", &Shown(span.trace_id))?;
        json.serialize_field("spanID", &Shown(span.span_id))?;
        json.serialize_field("flags", &span.flags.bits())?;
        json.serialize_field("operationName", &span.operation_name)?;
        json.serialize_field("references", &references(span))?;
        json.serialize_field("startTime", &micros_since_epoch(span.start_time))?;
        json.serialize_field("duration", &duration_micros(span.duration))?;
        json.serialize_field("tags", &KeyValues(&span.tags))?;
        json.serialize_field("logs", &logs)?;
        json.serialize_field("processID", &process_id(*process))?;
        json.serialize_field("warnings", &None::<()>)?;
        json.end()
    }
}

/// The references of a span. The parent is the first of them, unless one says it already.
fn references(span: &FinishedSpan) -> Vec<OneReference> {
    let parent = span
        .parent_span_id
        .map(|id| Reference::child_of(span.trace_id, id));
    let is_said = |parent: &Reference| {
        let mut others = span.references.iter();
        others.any(|other| (other.trace_id, other.span_id) == (parent.trace_id, parent.span_id))
    };
    let parent = parent.filter(|parent| !is_said(parent));
    parent
        .into_iter()
        .chain(span.references.iter().copied())
        .map(OneReference)
        .collect()
}

struct OneReference(Reference);

impl Serialize for OneReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self.0.kind {
            ReferenceKind::ChildOf => "CHILD_OF",
            ReferenceKind::FollowsFrom => "FOLLOWS_FROM",
        };
        let mut json = serializer.serialize_struct("Reference", 3)?;
        json.serialize_field("refType", kind)?;
        json.serialize_field("traceID", &Shown(self.0.trace_id))?;
        json.serialize_field("spanID", &Shown(self.0.span_id))?;
        json.end()
    }
}

struct Log<'a>(&'a LogRecord);

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Log", 2)?;
        json.serialize_field("timestamp", &micros_since_epoch(self.0.time))?;
        json.serialize_field("fields", &KeyValues(&self.0.fields))?;
        json.end()
    }
}

struct KeyValues<'a>(&'a [Tag]);

impl Serialize for KeyValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(KeyValue))
    }
}

struct KeyValue<'a>(&'a Tag);

impl Serialize for KeyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("KeyValue", 3)?;
        json.serialize_field("key", &self.0.key)?;
        json.serialize_field("type", kind(&self.0.value))?;
        match &self.0.value {
            TagValue::String(text) => json.serialize_field("value", text),
            TagValue::Bool(value) => json.serialize_field("value", value),
            TagValue::Long(value) if value.unsigned_abs() > LARGEST_NUMBER => {
                json.serialize_field("value", &Shown(value))
            }
            TagValue::Long(value) => json.serialize_field("value", value),
            TagValue::Double(value) => match text_if_not_finite(*value) {
                Some(text) => json.serialize_field("value", text),
                None => json.serialize_field("value", value),
            },
            TagValue::Binary(bytes) => json.serialize_field("value", &Shown(Base64(bytes))),
        }?;
        json.end()
    }
}

/// Jaeger's name of the type of a value.
fn kind(value: &TagValue) -> &'static str {
    match value {
        TagValue::Bool(_) => "bool",
        TagValue::Long(_) => "int64",
        TagValue::Binary(_) => "binary",
        TagValue::Double(value) if value.is_finite() => "float64",
        TagValue::Double(_) | TagValue::String(_) => "string",
    }
}

/// What is written as text.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
