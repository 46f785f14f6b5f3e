//! Detaches the spans of futures from the stack between polls, and attaches them again.

use super::aftermath::Aftermath;
use super::detached::{DetachedSlot, DetachedStack};
use super::local_trace::Place;
use super::slot::Opener;
use super::span_stack::SpanStack;
use crate::delivery::details::End;

/// The most boxes that a thread keeps for detached spans.
const POOL: usize = 256;

impl SpanStack {
    /// Detaches the span of a future after a poll, with the spans inside it that are still open.
    pub(crate) fn leave(
        &mut self,
        number: u64,
        detached: Option<Box<DetachedStack>>,
    ) -> Option<Box<DetachedStack>> {
        let index = self.position(number, Opener::Poll)?;
        let mut detached = detached.or_else(|| self.pool.pop()).unwrap_or_default();
        self.park_above(index + 1, &mut detached.inner);
        self.park_own(index, &mut detached);
        self.hand_over_if_due();
        Some(detached)
    }

    /// Detaches the span of a scope, which becomes the span of a future. Spans that were opened inside it are
    /// closed by their own scopes.
    pub(crate) fn carry(&mut self, number: u64) -> Option<Box<DetachedStack>> {
        let index = self.position(number, Opener::Scope)?;
        self.slots.get_mut(index)?.opener = Opener::Poll;
        let mut detached = self.pool.pop().unwrap_or_default();
        self.park_own(index, &mut detached);
        self.hand_over_if_due();
        Some(detached)
    }

    /// Detaches the slots from this index on.
    pub(super) fn park_above(&mut self, index: usize, detached: &mut Vec<DetachedSlot>) {
        while self.slots.len() > index {
            let span = self.park(self.slots.len() - 1);
            detached.extend(span);
        }
    }

    /// Detaches the slot at this index. If it was in its home's local trace, its home is known already.
    pub(super) fn park_own(&mut self, index: usize, detached: &mut DetachedStack) {
        self.detail(index);
        self.notice_if_long_open(index);
        let Some(slot) = self.slots.get(index) else { return };
        let local_trace = slot.local_trace;
        let place = self.local_traces.place_of(local_trace);
        if detached.home.is_none() || detached.place != place {
            detached.home = self.home_of(slot);
            detached.place = place;
        }
        self.slots.move_to_top(index);
        if let Some(slot) = self.slots.last_mut() {
            detached.own.take_over(slot);
            self.slots.drop_last();
        }
        self.leave_local_trace(local_trace);
    }

    /// Attaches the span of a future for a poll. Returns its number.
    pub(crate) fn resume(&mut self, detached: &mut DetachedStack) -> Option<u64> {
        let number = detached.own.span.number;
        if number == 0 {
            return None;
        }
        let local_trace = match (self.local_traces.rejoin(detached.place), &detached.home) {
            (Some(local_trace), _) => local_trace,
            (None, Some(home)) => {
                let local_trace = self.insert_local_trace(home);
                detached.place = self.local_traces.place_of(local_trace);
                local_trace
            }
            (None, None) => return None,
        };
        self.push_in(local_trace, &mut detached.own);
        self.resume_inner(detached);
        Some(number)
    }

    /// Attaches the spans that are open inside.
    pub(super) fn resume_inner(&mut self, detached: &mut DetachedStack) {
        while let Some(span) = detached.inner.pop() {
            self.push_detached(span);
        }
    }

    /// Keeps a box whose span is on the stack, for another one.
    pub(crate) fn keep(&mut self, mut detached: Box<DetachedStack>) {
        if self.pool.len() < POOL {
            detached.home = None;
            detached.place = Place::default();
            self.pool.push(detached);
        }
    }

    /// Closes the span of a future. Spans inside it that are still open stay on the stack if there is a span
    /// around the future; otherwise they would leak into the next task.
    pub(crate) fn close_poll(&mut self, number: u64, end: End) -> Option<Aftermath> {
        if self.finish_plainly(number, Opener::Poll, end) {
            return None;
        }
        let index = self.position(number, Opener::Poll)?;
        let mut aftermath = Aftermath::default();
        let slot = self.slots.remove(index)?;
        if index == 0 {
            self.park_above(index, &mut aftermath.leaked);
        }
        self.finish(slot, end, &mut aftermath);
        self.hand_over_if_due();
        Some(aftermath)
    }

    fn park(&mut self, index: usize) -> Option<DetachedSlot> {
        self.detail(index);
        self.notice_if_long_open(index);
        let home = self.home_of(self.slots.get(index)?);
        let slot = self.slots.remove(index)?;
        let home = home?;
        self.leave_local_trace(slot.local_trace);
        Some(DetachedSlot { slot, home })
    }
}

#[cfg(all(test, feature = "enable"))]
mod tests {
    use crate::model::site::Site;
    use crate::span::future::poll::EnteredSpan;
    use crate::tracer::core::Tracer;
    use crate::tracer::global::with_tracer;
    use crate::{active_span, start_active_span};

    #[test]
    fn the_baggage_of_a_future_reaches_its_children_also_in_the_polls_after_the_one_that_set_it() {
        let (tracer, _guard) = Tracer::builder("thread").build().unwrap();
        let next_poll = |entered: EnteredSpan| EnteredSpan::resume(entered.leave().unwrap());
        let child_has = || start_active_span("child").span().baggage_item("key");
        with_tracer(&tracer, || {
            let entered = next_poll(EnteredSpan::open(&Site { name: "future" }, None));
            active_span().unwrap().set_baggage_item("key", "value");
            assert_eq!(child_has().as_deref(), Some("value"));
            let _entered = next_poll(entered);
            assert_eq!(child_has().as_deref(), Some("value"));
        });
    }
}
