//! Open spans as they are so far.

use super::shared_span::SharedSpan;
use crate::delivery::batch::{Batch, EndingSpan};
use crate::delivery::collection::Collection;
use crate::delivery::span_view::Spans;
use crate::model::finished_span::FinishedSpan;
use crate::tracer::live_spans::LiveSpan;
use crate::util::tick::Tick;

impl LiveSpan for SharedSpan {
    fn so_far(&self) -> Option<FinishedSpan> {
        let mut batch = Batch::new();
        {
            let state = self.state();
            if state.finished {
                return None;
            }
            let so_far = EndingSpan {
                span: self.start(),
                end: Tick::now(),
                identity: self.identity(),
                details: state.details.as_deref(),
                decision: self.decision(),
            };
            so_far.add_to(&mut batch);
        }
        let mut spans = Collection::new(self.tracer.inner().bounds.name());
        spans.clock().refresh();
        spans.add_kept(batch);
        let span = Spans::from(spans.spans()).get(0)?;
        Some(span.to_finished_span())
    }
}
