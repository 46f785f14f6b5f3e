//! A span and its process.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};

use super::attributes::{Attributes, attribute};
use super::status::take_status;
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::model::id::SpanId;
use crate::model::process::Process;
use crate::model::tag::tags;
use crate::reporter::encoding::micros::{duration_micros, micros_since_epoch};

const SERVICE_NAME: &str = "service.name";
const REFERENCE_TYPE: &str = "opentracing.ref_type";
const TRACE_STATE: &str = "w3c.tracestate";
const EVENT: &str = "event";
const NANOS: u64 = 1_000;

pub(in super::super) fn resource_of(process: &Process) -> Resource {
    let mut attributes = Attributes::new(&process.tags);
    if !process.service_name.is_empty() && attributes.get(SERVICE_NAME).is_none() {
        attributes.put(SERVICE_NAME, Value::StringValue(process.service_name.clone()));
    }
    rename(&mut attributes, "hostname", "host.name", |host| host);
    rename(
        &mut attributes,
        "jaeger.version",
        "opencensus.exporterversion",
        |version| match version {
            Value::StringValue(version) => Value::StringValue(format!("Jaeger-{version}")),
            other => other,
        },
    );
    Resource {
        attributes: attributes.into_inner(),
        ..Resource::default()
    }
}

fn rename(attributes: &mut Attributes, from: &str, to: &str, change: impl Fn(Value) -> Value) {
    if attributes.get(to).is_none() {
        if let Some(value) = attributes.remove(from) {
            attributes.put(to, change(value));
        }
    }
}

pub(in super::super) fn span_of(span: &FinishedSpan) -> Span {
    let mut attributes = Attributes::new(&span.tags);
    let kind = attributes.text(tags::SPAN_KIND).and_then(kind_of);
    if kind.is_some() {
        attributes.remove(tags::SPAN_KIND);
    }
    let kind = kind.unwrap_or_default();
    let parent = parent_of(span);
    let start = micros(micros_since_epoch(span.start_time));
    let duration = micros(duration_micros(span.duration));
    Span {
        trace_id: [span.trace_id.high(), span.trace_id.low()]
            .map(u64::to_be_bytes)
            .concat(),
        span_id: id_of(span.span_id),
        parent_span_id: parent.map_or_else(Vec::new, id_of),
        name: span.operation_name.to_string(),
        kind: kind.into(),
        start_time_unix_nano: start.saturating_mul(NANOS),
        end_time_unix_nano: start.saturating_add(duration).saturating_mul(NANOS),
        status: take_status(&mut attributes, kind),
        trace_state: attributes.remove_text(TRACE_STATE).unwrap_or_default(),
        attributes: attributes.into_inner(),
        events: span.logs.iter().map(event_of).collect(),
        links: links_of(span, parent),
        ..Span::default()
    }
}

fn kind_of(text: &str) -> Option<SpanKind> {
    match text {
        tags::SPAN_KIND_CLIENT => Some(SpanKind::Client),
        tags::SPAN_KIND_SERVER => Some(SpanKind::Server),
        "producer" => Some(SpanKind::Producer),
        "consumer" => Some(SpanKind::Consumer),
        "internal" => Some(SpanKind::Internal),
        _ => None,
    }
}

/// The parent that Jaeger chooses: the span's own, else a reference to the same trace, preferably `ChildOf`.
fn parent_of(span: &FinishedSpan) -> Option<SpanId> {
    let reference = |kind| {
        let mut references = span.references.iter();
        references.find(|reference| reference.kind == kind && reference.trace_id == span.trace_id)
    };
    let parent = || reference(ReferenceKind::ChildOf).or_else(|| reference(ReferenceKind::FollowsFrom));
    span.parent_span_id
        .or_else(|| parent().map(|reference| reference.span_id))
}

fn links_of(span: &FinishedSpan, parent: Option<SpanId>) -> Vec<Link> {
    let is_parent = |reference: &Reference| {
        reference.kind == ReferenceKind::ChildOf
            && reference.trace_id == span.trace_id
            && Some(reference.span_id) == parent
    };
    let others = span.references.iter().filter(|reference| !is_parent(reference));
    others.map(link_of).collect()
}

fn link_of(reference: &Reference) -> Link {
    let kind = match reference.kind {
        ReferenceKind::ChildOf => "child_of",
        ReferenceKind::FollowsFrom => "follows_from",
    };
    let trace_id = [reference.trace_id.high(), reference.trace_id.low()];
    Link {
        trace_id: trace_id.map(u64::to_be_bytes).concat(),
        span_id: id_of(reference.span_id),
        attributes: vec![attribute(REFERENCE_TYPE, Value::StringValue(kind.to_owned()))],
        ..Link::default()
    }
}

fn event_of(log: &LogRecord) -> Event {
    let mut attributes = Attributes::new(&log.fields);
    Event {
        time_unix_nano: micros(micros_since_epoch(log.time)).saturating_mul(NANOS),
        name: attributes.remove_text(EVENT).unwrap_or_default(),
        attributes: attributes.into_inner(),
        ..Event::default()
    }
}

fn id_of(span_id: SpanId) -> Vec<u8> {
    span_id.get().to_be_bytes().to_vec()
}

/// Microseconds as nanoseconds. OTLP has no time before 1970.
fn micros(micros: i64) -> u64 {
    u64::try_from(micros).unwrap_or(0)
}
