//! Open spans as they are so far.

use std::borrow::Cow;

use super::shared_span::SharedSpan;
#[cfg(feature = "page")]
use crate::delivery::batch::{Batch, EndingSpan};
use crate::delivery::record::SpanStart;
#[cfg(feature = "page")]
use crate::model::id::TraceId;
use crate::tracer::open_spans::{OpenSpan, SeenSpan};
#[cfg(feature = "page")]
use crate::util::tick::Tick;

impl OpenSpan for SharedSpan {
    fn look(&self) -> Option<SeenSpan> {
        let state = self.state();
        let name = (!state.finished).then(|| state.name())?;
        let SpanStart {
            number,
            parent,
            start,
            name: first,
        } = self.start();
        Some(SeenSpan {
            name: name.unwrap_or(Cow::Borrowed(first)).into_owned(),
            number,
            parent,
            start,
        })
    }

    #[cfg(feature = "page")]
    fn place(&self) -> Option<(TraceId, Tick)> {
        let is_open = !self.state().finished;
        is_open.then(|| (self.identity().trace_id, self.start().start))
    }

    #[cfg(feature = "page")]
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
