//! The finished spans of a test.

use std::sync::{Arc, Mutex};

use crate::delivery::span_view::Spans;
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::reporter::report::{Report, Reporter};
use crate::util::lock::lock;
use crate::util::tick::Tick;

/// The finished spans of a test, in the order in which they finished. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptSpans(Arc<Mutex<Vec<Kept>>>);

/// A span, and when it started, by the counter.
type Kept = (Option<Tick>, FinishedSpan);

impl KeptSpans {
    pub(super) fn in_order_of_end(&self) -> Vec<FinishedSpan> {
        lock(&self.0).iter().map(|(_, span)| span.clone()).collect()
    }

    /// In the order in which they started, which their times do not say if the clock stands.
    pub(super) fn in_order_of_start(&self) -> Vec<FinishedSpan> {
        let mut spans = lock(&self.0).clone();
        spans.sort_by_key(|(start, _)| *start);
        spans.into_iter().map(|(_, span)| span).collect()
    }
}

impl Reporter for KeptSpans {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        let copies = spans
            .iter()
            .map(|span| (span.start_tick(), span.to_finished_span()));
        lock(&self.0).extend(copies);
        Report::sent(spans.len() as u64)
    }
}
