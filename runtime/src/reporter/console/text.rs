//! Traces as text without colours, for those who cannot see them otherwise.

use std::time::Instant;

use super::pending::PendingSpans;
use super::render;
use super::style::Style;
use crate::reporter::encoding::jaeger_json::ProcessSpan;

/// Each trace as trees, as [`ConsoleReporter`](crate::reporter::ConsoleReporter) prints them. Names and values are escaped for
/// a terminal, not for HTML.
pub(crate) fn traces_as_text(spans: &[ProcessSpan<'_>]) -> String {
    let now = Instant::now();
    let mut pending = PendingSpans::default();
    pending.whole_traces = true;
    for &(process, span) in spans {
        pending.push(process, span.clone(), now);
    }
    let trees = pending.take_all();
    trees
        .iter()
        .map(|tree| render::render(tree, Style::PLAIN))
        .collect()
}
