//! Jaeger's structures, field by field as its `jaeger.thrift` and `agent.thrift` number them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::protocol::Protocol;
use crate::finished::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::reporter::{ClientStats, Process};
use crate::tag::{Tag, TagValue};

/// A process with spans, both already encoded, and what goes along with them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) process: &'a [u8],
    pub(super) span_count: usize,
    pub(super) spans: &'a [u8],
    /// The number of the batch, and what the client has lost so far.
    pub(super) client: Option<(i64, ClientStats)>,
}

/// The call of the agent's `emitBatch`.
pub(super) fn write_emit_batch<P: Protocol>(out: &mut P, sequence_id: u32, batch: Batch<'_>) {
    out.oneway_message("emitBatch", sequence_id);
    out.begin_struct();
    out.struct_field(1);
    write_batch(out, batch);
    out.end_struct();
}

pub(super) fn write_batch<P: Protocol>(out: &mut P, batch: Batch<'_>) {
    out.begin_struct();
    out.struct_field(1);
    out.buffer().extend_from_slice(batch.process);
    out.struct_list_field(2, batch.span_count);
    out.buffer().extend_from_slice(batch.spans);
    if let Some((sequence_number, stats)) = batch.client {
        out.i64_field(3, sequence_number);
        out.struct_field(4);
        write_client_stats(out, stats);
    }
    out.end_struct();
}

pub(super) fn write_client_stats<P: Protocol>(out: &mut P, stats: ClientStats) {
    let count = |count| i64::try_from(count).unwrap_or(i64::MAX);
    out.begin_struct();
    out.i64_field(1, count(stats.full_queue_dropped_spans));
    out.i64_field(2, count(stats.too_large_dropped_spans));
    out.i64_field(3, count(stats.failed_to_emit_spans));
    out.end_struct();
}

pub(super) fn write_process<P: Protocol>(out: &mut P, process: &Process) {
    out.begin_struct();
    out.binary_field(1, process.service_name.as_bytes());
    write_tags(out, 2, &process.tags);
    out.end_struct();
}

pub(super) fn write_span<P: Protocol>(out: &mut P, span: &FinishedSpan) {
    out.begin_struct();
    out.i64_field(1, span.trace_id.low() as i64);
    out.i64_field(2, span.trace_id.high() as i64);
    out.i64_field(3, span.span_id.get() as i64);
    out.i64_field(4, span.parent_span_id.map_or(0, |parent| parent.get() as i64));
    out.binary_field(5, span.operation_name.as_bytes());
    if !span.references.is_empty() {
        out.struct_list_field(6, listed_references(span).count());
        for reference in listed_references(span) {
            write_reference(out, &reference);
        }
    }
    out.i32_field(7, i32::from(span.flags.bits()));
    out.i64_field(8, micros_since_epoch(span.start_time));
    out.i64_field(9, duration_micros(span.duration));
    write_tags(out, 10, &span.tags);
    out.struct_list_field(11, span.logs.len());
    for log in &span.logs {
        write_log(out, log);
    }
    out.end_struct();
}

/// The references that Jaeger gets beside the id of the parent: none if the parent is all there is, else all of
/// them with the parent as the first.
pub(crate) fn listed_references(span: &FinishedSpan) -> impl Iterator<Item = Reference> + '_ {
    let parent = span.parent_span_id.map(|span_id| Reference {
        kind: ReferenceKind::ChildOf,
        trace_id: span.trace_id,
        span_id,
    });
    let listed_already = |parent: &Reference| {
        let mut others = span.references.iter();
        others.any(|other| other.trace_id == parent.trace_id && other.span_id == parent.span_id)
    };
    parent
        .filter(|parent| !span.references.is_empty() && !listed_already(parent))
        .into_iter()
        .chain(span.references.iter().copied())
}

pub(super) fn write_reference<P: Protocol>(out: &mut P, reference: &Reference) {
    out.begin_struct();
    out.i32_field(
        1,
        match reference.kind {
            ReferenceKind::ChildOf => 0,
            ReferenceKind::FollowsFrom => 1,
        },
    );
    out.i64_field(2, reference.trace_id.low() as i64);
    out.i64_field(3, reference.trace_id.high() as i64);
    out.i64_field(4, reference.span_id.get() as i64);
    out.end_struct();
}

pub(super) fn write_log<P: Protocol>(out: &mut P, log: &LogRecord) {
    out.begin_struct();
    out.i64_field(1, micros_since_epoch(log.time));
    write_tags(out, 2, &log.fields);
    out.end_struct();
}

fn write_tags<P: Protocol>(out: &mut P, id: i16, tags: &[Tag]) {
    out.struct_list_field(id, tags.len());
    for tag in tags {
        write_tag(out, tag);
    }
}

pub(super) fn write_tag<P: Protocol>(out: &mut P, tag: &Tag) {
    out.begin_struct();
    out.binary_field(1, tag.key.as_bytes());
    match &tag.value {
        TagValue::String(text) => {
            out.i32_field(2, 0);
            out.binary_field(3, text.as_bytes());
        }
        TagValue::Double(value) if value.is_finite() => {
            out.i32_field(2, 1);
            out.double_field(4, *value);
        }
        // JSON has no such number, and Jaeger shows nothing of a trace that has one.
        TagValue::Double(value) => {
            out.i32_field(2, 0);
            out.binary_field(3, value.to_string().as_bytes());
        }
        TagValue::Bool(value) => {
            out.i32_field(2, 2);
            out.bool_field(5, *value);
        }
        TagValue::Long(value) => {
            out.i32_field(2, 3);
            out.i64_field(6, *value);
        }
        TagValue::Binary(bytes) => {
            out.i32_field(2, 4);
            out.binary_field(7, bytes);
        }
    }
    out.end_struct();
}

/// Jaeger's clock, which is negative before 1970.
pub(crate) fn micros_since_epoch(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => whole_micros(after),
        Err(before) => -whole_micros(before.duration()),
    }
}

/// How long a span took. Any time at all is a microsecond at least: Jaeger 2 warns of a negative duration where there is
/// none.
pub(crate) fn duration_micros(duration: Duration) -> i64 {
    match whole_micros(duration) {
        0 if !duration.is_zero() => 1,
        micros => micros,
    }
}

fn whole_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SpanId, TraceId};

    fn span() -> FinishedSpan {
        FinishedSpan::new(
            TraceId::new(1).unwrap(),
            SpanId::new(2).unwrap(),
            "op",
            UNIX_EPOCH,
            Duration::ZERO,
        )
    }

    #[test]
    fn the_parent_is_listed_once_and_only_beside_other_references() {
        let mut span = span();
        span.parent_span_id = SpanId::new(3);
        assert_eq!(listed_references(&span).count(), 0);

        span.references = vec![Reference {
            kind: ReferenceKind::FollowsFrom,
            trace_id: span.trace_id,
            span_id: SpanId::new(3).unwrap(),
        }];
        assert_eq!(listed_references(&span).collect::<Vec<_>>(), span.references);

        span.references[0].span_id = SpanId::new(4).unwrap();
        assert_eq!(listed_references(&span).count(), 2);
    }

    #[test]
    fn a_span_that_took_less_than_a_microsecond_took_one_and_others_as_many_as_were_full() {
        let micros = |nanos| duration_micros(Duration::from_nanos(nanos));
        assert_eq!([0, 1, 999, 1_000, 1_999].map(micros), [0, 1, 1, 1, 1]);
        assert_eq!(micros_since_epoch(UNIX_EPOCH + Duration::from_nanos(999)), 0);
    }

    #[test]
    fn times_before_1970_are_negative_and_no_time_overflows() {
        assert_eq!(micros_since_epoch(UNIX_EPOCH - Duration::from_micros(3)), -3);
        assert_eq!(duration_micros(Duration::MAX), i64::MAX);
    }
}
