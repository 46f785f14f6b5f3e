//! The mapping of a span.

use super::attributes::{Attributes, write_attribute};
use super::protobuf::Writer;
use super::span_kind::SpanKind;
use super::status::take_status;
use crate::delivery::log_view::LogView;
use crate::delivery::span_view::SpanView;
use crate::delivery::tag_view::{TagView, ValueView};
use crate::model::finished_span::{Reference, ReferenceKind};
use crate::model::id::{SpanId, TraceId};
use crate::model::tag::tags;
use crate::reporter::encoding::micros::{duration_micros, micros_since_epoch};

const REFERENCE_TYPE: &str = "opentracing.ref_type";
const TRACE_STATE: &str = "w3c.tracestate";
const EVENT: &str = "event";
const NANOS: u64 = 1_000;

/// The numbers of the fields of a span in `trace.proto`.
mod field {
    pub(super) const TRACE_ID: u64 = 1;
    pub(super) const SPAN_ID: u64 = 2;
    pub(super) const TRACE_STATE: u64 = 3;
    pub(super) const PARENT_SPAN_ID: u64 = 4;
    pub(super) const NAME: u64 = 5;
    pub(super) const KIND: u64 = 6;
    pub(super) const START_TIME: u64 = 7;
    pub(super) const END_TIME: u64 = 8;
    pub(super) const ATTRIBUTES: u64 = 9;
    pub(super) const EVENTS: u64 = 11;
    pub(super) const LINKS: u64 = 13;
    pub(super) const STATUS: u64 = 15;
}

/// Writes the fields of a span. The attributes are used for it, and what they hold afterwards has no meaning.
pub(super) fn write_span<'a>(out: &mut Writer, span: SpanView<'a>, attributes: &mut Attributes<'a>) {
    attributes.fill(span.tags());
    let kind = attributes.text(tags::SPAN_KIND).and_then(SpanKind::of);
    if kind.is_some() {
        attributes.remove(tags::SPAN_KIND);
    }
    let status = take_status(attributes, kind);
    let trace_state = attributes.remove_text(TRACE_STATE).unwrap_or_default();
    let parent = parent_of(span);

    out.bytes(field::TRACE_ID, &trace_id_of(span.trace_id()));
    out.bytes(field::SPAN_ID, &id_of(span.span_id()));
    out.text(field::TRACE_STATE, trace_state);
    if let Some(parent) = parent {
        out.bytes(field::PARENT_SPAN_ID, &id_of(parent));
    }
    out.text(field::NAME, span.operation_name());
    if let Some(kind) = kind {
        out.varint(field::KIND, kind as u64);
    }
    write_times(out, span);
    attributes.write(out, field::ATTRIBUTES);
    for log in span.logs() {
        out.message(field::EVENTS, |out| write_event(out, log, attributes));
    }
    for reference in span
        .references()
        .iter()
        .filter(|other| !is_parent(span, parent, other))
    {
        out.message(field::LINKS, |out| write_link(out, reference));
    }
    if let Some(status) = status {
        out.message(field::STATUS, |out| {
            out.text(2, status.message);
            out.varint(3, status.code as u64);
        });
    }
}

fn write_times(out: &mut Writer, span: SpanView<'_>) {
    let (start, duration) = span.times();
    let start = micros(micros_since_epoch(start));
    let end = start.saturating_add(micros(duration_micros(duration)));
    out.fixed64(field::START_TIME, start.saturating_mul(NANOS));
    out.fixed64(field::END_TIME, end.saturating_mul(NANOS));
}

/// The parent that Jaeger chooses: the span's own, else a reference to the same trace, preferably `ChildOf`.
fn parent_of(span: SpanView<'_>) -> Option<SpanId> {
    let reference = |kind| {
        let mut references = span.references().iter();
        references.find(|reference| reference.kind == kind && reference.trace_id == span.trace_id())
    };
    let parent = || reference(ReferenceKind::ChildOf).or_else(|| reference(ReferenceKind::FollowsFrom));
    span.parent_span_id()
        .or_else(|| parent().map(|reference| reference.span_id))
}

/// Whether this reference says no more than the id of the parent.
fn is_parent(span: SpanView<'_>, parent: Option<SpanId>, reference: &Reference) -> bool {
    reference.kind == ReferenceKind::ChildOf
        && reference.trace_id == span.trace_id()
        && Some(reference.span_id) == parent
}

fn write_link(out: &mut Writer, reference: &Reference) {
    let kind = match reference.kind {
        ReferenceKind::ChildOf => "child_of",
        ReferenceKind::FollowsFrom => "follows_from",
    };
    let attribute = TagView {
        key: REFERENCE_TYPE,
        value: ValueView::String(kind),
    };
    out.bytes(1, &trace_id_of(reference.trace_id));
    out.bytes(2, &id_of(reference.span_id));
    write_attribute(out, 4, attribute);
}

fn write_event<'a>(out: &mut Writer, log: LogView<'a>, attributes: &mut Attributes<'a>) {
    attributes.fill(log.fields());
    let name = attributes.remove_text(EVENT).unwrap_or_default();
    out.fixed64(1, micros(micros_since_epoch(log.time())).saturating_mul(NANOS));
    out.text(2, name);
    attributes.write(out, 3);
}

fn trace_id_of(trace_id: TraceId) -> [u8; 16] {
    trace_id.get().to_be_bytes()
}

fn id_of(span_id: SpanId) -> [u8; 8] {
    span_id.get().to_be_bytes()
}

/// Microseconds as the protocol has them: it has no time before 1970.
fn micros(micros: i64) -> u64 {
    u64::try_from(micros).unwrap_or(0)
}
