//! What a Jaeger would show of batches that came to a fake one.

use std::collections::BTreeMap;

use fedtrace::{SpanId, TraceId};
use rustracing_jaeger::thrift::jaeger::{Log, Process, Span, SpanRefKind, Tag};
use serde_json::{Value, json};

use crate::emitted::EmittedBatch;
use crate::jaeger_query::{JaegerLog, JaegerProcess, JaegerReference, JaegerSpan, JaegerTag, JaegerTrace};

/// The largest integer that Jaeger shows as a number.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

impl JaegerTrace {
    /// The spans of one trace in these batches, or `None` if there are none.
    pub fn in_batches(batches: &[EmittedBatch], trace_id: TraceId) -> Option<Self> {
        let mut spans = Vec::new();
        let mut processes = BTreeMap::new();
        for (number, batch) in batches.iter().enumerate() {
            let process_id = format!("p{number}");
            let wanted = batch
                .spans
                .iter()
                .filter(|span| trace_id_of(span.trace_id_high, span.trace_id_low) == trace_id);
            let before = spans.len();
            spans.extend(wanted.map(|span| shown_span(span, &process_id)));
            if spans.len() > before {
                processes.insert(process_id, shown_process(&batch.process));
            }
        }
        let found = !spans.is_empty();
        found.then_some(Self { spans, processes })
    }
}

fn shown_span(span: &Span, process_id: &str) -> JaegerSpan {
    let trace_id = trace_id_of(span.trace_id_high, span.trace_id_low);
    let mut references: Vec<_> = span
        .references
        .iter()
        .map(|reference| JaegerReference {
            ref_type: match reference.kind {
                SpanRefKind::ChildOf => "CHILD_OF".to_owned(),
                SpanRefKind::FollowsFrom => "FOLLOWS_FROM".to_owned(),
            },
            trace_id: trace_id_of(reference.trace_id_high, reference.trace_id_low),
            span_id: span_id_of(reference.span_id),
        })
        .collect();
    if span.parent_span_id != 0 {
        let parent = span_id_of(span.parent_span_id);
        let is_parent =
            |reference: &JaegerReference| reference.trace_id == trace_id && reference.span_id == parent;
        if !references.iter().any(is_parent) {
            let ref_type = "CHILD_OF".to_owned();
            let span_id = parent;
            references.push(JaegerReference {
                ref_type,
                trace_id,
                span_id,
            });
        }
    }
    JaegerSpan {
        trace_id,
        span_id: span_id_of(span.span_id),
        flags: span.flags.try_into().expect("flags fit a byte"),
        operation_name: span.operation_name.clone(),
        references,
        start_time: span.start_time.try_into().expect("a start after 1970"),
        duration: span.duration.try_into().expect("a duration is not negative"),
        tags: span.tags.iter().map(shown_tag).collect(),
        logs: span.logs.iter().map(shown_log).collect(),
        process_id: process_id.to_owned(),
        warnings: None,
    }
}

fn shown_process(process: &Process) -> JaegerProcess {
    JaegerProcess {
        service_name: process.service_name.clone(),
        tags: process.tags.iter().map(shown_tag).collect(),
    }
}

fn shown_log(log: &Log) -> JaegerLog {
    JaegerLog {
        timestamp: log.timestamp.try_into().expect("a time after 1970"),
        fields: log.fields.iter().map(shown_tag).collect(),
    }
}

fn shown_tag(tag: &Tag) -> JaegerTag {
    let (kind, value) = match tag {
        Tag::String { value, .. } => ("string", json!(value)),
        Tag::Double { value, .. } => ("float64", json!(value)),
        Tag::Bool { value, .. } => ("bool", json!(value)),
        Tag::Long { value, .. } => ("int64", shown_integer(*value)),
        Tag::Binary { value, .. } => ("binary", json!(base64(value))),
    };
    JaegerTag {
        key: tag.key().to_owned(),
        kind: kind.to_owned(),
        value,
    }
}

fn shown_integer(value: i64) -> Value {
    if value.unsigned_abs() > LARGEST_NUMBER {
        json!(value.to_string())
    } else {
        json!(value)
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index| chunk.get(index).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            match digit <= chunk.len() {
                true => text.push(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize].into()),
                false => text.push('='),
            }
        }
    }
    text
}

fn trace_id_of(high: i64, low: i64) -> TraceId {
    let id = u128::from(high as u64) << 64 | u128::from(low as u64);
    TraceId::new(id).expect("a trace id is not zero")
}

fn span_id_of(id: i64) -> SpanId {
    SpanId::new(id as u64).expect("a span id is not zero")
}
