//! One trace, as a page and as JSON.

use std::collections::HashSet;
use std::sync::Arc;

use super::shared_traces::{SharedTraces, ShownSpan};
use crate::delivery::span_view::SpanView;
use crate::model::finished_span::FinishedSpan;
use crate::model::id::{SpanId, TraceId};
use crate::model::process::Process;
use crate::model::tag::{Tag, tags};
use crate::reporter::encoding::jaeger_json::trace_as_json;
use crate::reporter::html::assets::Assets;
use crate::reporter::html::document::document;

/// The spans of a trace: those that have finished, and those that are open.
struct Parts {
    spans: Vec<(Arc<Process>, Arc<FinishedSpan>)>,
    missing: u64,
}

impl Parts {
    /// `None` if nothing is known of the trace.
    fn of(traces: &SharedTraces, id: TraceId) -> Option<Self> {
        // In this order, so that no span is missing that has gone from one to the next meanwhile.
        let (live, too_many) = traces.live_of(id);
        let held = traces.held_of(id);
        let stored = traces
            .with_store(|store| store.trace(id).cloned())
            .unwrap_or_default();
        let mut spans = stored.spans;
        let live = live
            .into_iter()
            .map(|(process, span)| (process, unfinished(span)));
        // What was reported of a span while it was open is older than what else is known of it.
        let goes_on = |(_, span): &ShownSpan| SpanView::from(span).goes_on();
        let (early, finished): (Vec<_>, Vec<_>) = held.into_iter().partition(goes_on);
        let mut known: HashSet<SpanId> = spans.iter().map(|(_, span)| span.span_id).collect();
        for (process, span) in finished.into_iter().chain(live).chain(early) {
            if known.insert(span.span_id) {
                spans.push((process, Arc::new(span)));
            }
        }
        (!spans.is_empty()).then_some(Self {
            spans,
            missing: stored.missing + too_many as u64,
        })
    }

    fn views(&self) -> Vec<(&Process, &FinishedSpan)> {
        let spans = self.spans.iter();
        spans.map(|(process, span)| (&**process, &**span)).collect()
    }
}

/// Says of an open span that it is one.
pub(super) fn unfinished(mut span: FinishedSpan) -> FinishedSpan {
    span.tags.insert(0, Tag::new(tags::UNFINISHED, true));
    span
}

pub(super) fn html(traces: &SharedTraces, id: TraceId) -> Option<String> {
    let parts = Parts::of(traces, id)?;
    let page = document(&parts.views(), parts.missing, Assets::Linked { base: "?asset=" });
    Some(page.replacen(
        "<body>\n",
        "<body>\n<nav><a href=\"?\">‹ All traces</a></nav>\n",
        1,
    ))
}

pub(super) fn json(traces: &SharedTraces, id: TraceId) -> Option<String> {
    let parts = Parts::of(traces, id)?;
    Some(trace_as_json(&parts.views(), parts.missing))
}
