//! Empty frames: no span is active above one until a span starts there, whatever is below.

use super::aftermath::Aftermath;
use super::detached::DetachedStack;
use super::slot::Opener;
use super::span_stack::{SpanStack, with};
use crate::tracer::activity;
use crate::tracer::core::Tracer;

/// An empty frame on this thread's stack, for a call. Spans that are still open inside stay on the stack.
#[derive(Debug)]
pub(crate) struct EmptyFrame(Option<u64>);

impl EmptyFrame {
    /// A frame for work that runs without an active span.
    #[inline]
    pub(crate) fn enter() -> Self {
        if !activity::is_on() {
            return Self(None);
        }
        Self(with(SpanStack::push_frame))
    }

    /// A frame for what is done for this tracer, if one of its spans is active: the tracer does not trace that.
    pub(crate) fn above_spans_of(tracer: &Tracer) -> Self {
        let pushed = with(|local| {
            let is_active = local
                .active()
                .and_then(|slot| local.tracer(slot))
                .is_some_and(|active| active.is_same(tracer));
            is_active.then(|| local.push_frame())
        });
        Self(pushed.flatten())
    }

    /// A frame for the decision of this tracer's throttler, if it has one.
    #[inline]
    pub(crate) fn for_throttler_of(tracer: &Tracer) -> Self {
        match tracer.inner().has_throttler() {
            true => Self::above_spans_of(tracer),
            false => Self(None),
        }
    }
}

impl Drop for EmptyFrame {
    #[inline]
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            with(|local| local.remove_frame(number));
        }
    }
}

impl SpanStack {
    /// Pushes the empty frame of a future for a poll, with the spans that are open in it.
    pub(crate) fn resume_frame(&mut self, mut detached: Option<&mut DetachedStack>) -> u64 {
        let number = self.push_frame();
        if let Some(detached) = &mut detached {
            self.resume_inner(detached);
        }
        number
    }

    /// Removes the empty frame of a future after a poll. Returns the spans inside it that are still open.
    pub(crate) fn leave_frame(
        &mut self,
        number: u64,
        mut detached: Option<Box<DetachedStack>>,
    ) -> Option<Box<DetachedStack>> {
        let index = self.position(number, Opener::Poll)?;
        if self.slots.len() > index + 1 {
            let mut stack = detached.or_else(|| self.pool.pop()).unwrap_or_default();
            self.park_above(index + 1, &mut stack.inner);
            detached = Some(stack);
        }
        self.slots.pop();
        self.hand_over_if_due();
        detached
    }

    /// Removes the empty frame of a future that is done. Spans inside it that are still open end: what is below has
    /// nothing to do with them.
    pub(crate) fn close_frame(&mut self, number: u64) -> Aftermath {
        let mut aftermath = Aftermath::default();
        if let Some(index) = self.position(number, Opener::Poll) {
            self.park_above(index + 1, &mut aftermath.leaked);
            self.slots.pop();
        }
        self.hand_over_if_due();
        aftermath
    }

    fn remove_frame(&mut self, number: u64) {
        if let Some(index) = self.position(number, Opener::Poll) {
            self.slots.remove(index);
        }
        self.hand_over_if_due();
    }
}
