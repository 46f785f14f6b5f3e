//! Jaeger's structures, field by field as its `jaeger.thrift` and `agent.thrift` number them.

use super::protocol::Protocol;
use crate::delivery::log_view::LogView;
use crate::delivery::span_view::SpanView;
use crate::delivery::tag_view::{TagView, Tags, ValueView};
use crate::model::finished_span::{Reference, ReferenceKind};
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::micros::{duration_micros, micros_since_epoch};
use crate::reporter::encoding::not_finite::text_if_not_finite;

/// Writes what stands before the batch of a call of the agent's `emitBatch`.
pub(super) fn begin_emit_batch<P: Protocol>(out: &mut P, sequence_id: u32) {
    out.oneway_message("emitBatch", sequence_id);
    out.begin_struct();
    out.struct_field(1);
}

/// Writes what follows the batch of a call of the agent's `emitBatch`.
pub(super) fn end_emit_batch<P: Protocol>(out: &mut P) {
    out.end_struct();
}

/// Writes what stands before the spans of a batch: the process, already encoded, and the number of spans.
pub(super) fn begin_batch<P: Protocol>(out: &mut P, process: &[u8], span_count: usize) {
    out.begin_struct();
    out.struct_field(1);
    out.buffer().extend_from_slice(process);
    out.struct_list_field(2, span_count);
}

/// Writes what follows the spans of a batch: the number of the batch, and the losses of the client so far.
pub(super) fn end_batch<P: Protocol>(out: &mut P, client: Option<(i64, ClientStats)>) {
    if let Some((sequence_number, stats)) = client {
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
    write_tags(out, 2, process.tags.as_slice().into());
    out.end_struct();
}

pub(super) fn write_span<P: Protocol>(out: &mut P, span: SpanView<'_>) {
    out.begin_struct();
    out.i64_field(1, span.trace_id().low() as i64);
    out.i64_field(2, span.trace_id().high() as i64);
    out.i64_field(3, span.span_id().get() as i64);
    out.i64_field(4, span.parent_span_id().map_or(0, |parent| parent.get() as i64));
    out.binary_field(5, span.operation_name().as_bytes());
    if !span.references().is_empty() {
        out.struct_list_field(6, span.listed_references().count());
        for reference in span.listed_references() {
            write_reference(out, &reference);
        }
    }
    out.i32_field(7, i32::from(span.flags().bits()));
    let (start, duration) = span.times();
    out.i64_field(8, micros_since_epoch(start));
    out.i64_field(9, duration_micros(duration));
    write_tags(out, 10, span.tags());
    out.struct_list_field(11, span.logs().len());
    for log in span.logs() {
        write_log(out, log);
    }
    out.end_struct();
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

pub(super) fn write_log<P: Protocol>(out: &mut P, log: LogView<'_>) {
    out.begin_struct();
    out.i64_field(1, micros_since_epoch(log.time()));
    write_tags(out, 2, log.fields());
    out.end_struct();
}

fn write_tags<P: Protocol>(out: &mut P, id: i16, tags: Tags<'_>) {
    out.struct_list_field(id, tags.len());
    for tag in tags {
        write_tag(out, tag);
    }
}

pub(super) fn write_tag<P: Protocol>(out: &mut P, tag: TagView<'_>) {
    out.begin_struct();
    out.binary_field(1, tag.key.as_bytes());
    match tag.value {
        ValueView::String(text) => {
            out.i32_field(2, 0);
            out.binary_field(3, text.as_bytes());
        }
        ValueView::Double(value) => match text_if_not_finite(value) {
            None => {
                out.i32_field(2, 1);
                out.double_field(4, value);
            }
            Some(text) => {
                out.i32_field(2, 0);
                out.binary_field(3, text.as_bytes());
            }
        },
        ValueView::Bool(value) => {
            out.i32_field(2, 2);
            out.bool_field(5, value);
        }
        ValueView::Long(value) => {
            out.i32_field(2, 3);
            out.i64_field(6, value);
        }
        ValueView::Binary(bytes) => {
            out.i32_field(2, 4);
            out.binary_field(7, bytes);
        }
    }
    out.end_struct();
}
