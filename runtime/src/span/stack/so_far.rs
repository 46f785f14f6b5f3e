//! Open spans as they are so far.

use super::shared_span::SharedSpan;
use crate::delivery::batch::{Batch, EndingSpan};
use crate::tracer::live_spans::LiveSpan;
use crate::util::tick::Tick;

impl LiveSpan for SharedSpan {
    fn add_so_far(&self, batch: &mut Batch) {
        let state = self.state();
        if state.finished {
            return;
        }
        let so_far = EndingSpan {
            span: self.start(),
            end: Tick::now(),
            identity: self.identity(),
            details: state.details.as_deref(),
            decision: self.decision(),
        };
        so_far.add_to(batch);
    }
}
