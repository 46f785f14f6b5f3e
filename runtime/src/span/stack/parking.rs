//! Detaches the spans of futures from the stack between polls, and attaches them again.

use super::aftermath::Aftermath;
use super::slot::{DetachedSpan, DetachedStack, Opener, Slot};
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
        while self.slots.len() > index + 1 {
            let span = self.slots.pop().and_then(|slot| self.park(slot));
            detached.inner.extend(span);
        }
        detached.own = self.slots.pop().and_then(|slot| self.park(slot));
        self.hand_over_if_idle();
        Some(detached)
    }

    /// Detaches the span of a scope, which becomes the span of a future. Spans that were opened inside it are
    /// closed by their own scopes.
    pub(crate) fn carry(&mut self, number: u64) -> Option<Box<DetachedStack>> {
        let index = self.position(number, Opener::Scope)?;
        let mut slot = self.slots.remove(index);
        slot.opener = Opener::Poll;
        let mut detached = self.pool.pop().unwrap_or_default();
        detached.own = self.park(slot);
        self.hand_over_if_idle();
        Some(detached)
    }

    /// Attaches the span of a future for a poll. Returns its number.
    pub(crate) fn resume(&mut self, detached: &mut DetachedStack) -> Option<u64> {
        let own = detached.own.take()?;
        let number = own.slot.span.number;
        self.push_detached(own);
        while let Some(span) = detached.inner.pop() {
            self.push_detached(span);
        }
        Some(number)
    }

    pub(crate) fn keep(&mut self, detached: Box<DetachedStack>) {
        if self.pool.len() < POOL {
            self.pool.push(detached);
        }
    }

    /// Closes the span of a future. Spans inside it that are still open stay on the stack if there is a span
    /// around the future; otherwise they would leak into the next task.
    pub(crate) fn close_poll(&mut self, number: u64, end: End) -> Aftermath {
        let mut aftermath = Aftermath::default();
        let Some(index) = self.position(number, Opener::Poll) else {
            return aftermath;
        };
        let slot = self.slots.remove(index);
        if index == 0 {
            self.leak_from(index, &mut aftermath);
        }
        self.finish(slot, end, &mut aftermath);
        self.hand_over_if_idle();
        aftermath
    }

    /// Takes the spans from this one on off the stack, to end them.
    pub(super) fn leak_from(&mut self, index: usize, aftermath: &mut Aftermath) {
        while self.slots.len() > index {
            let span = self.slots.pop().and_then(|slot| self.park(slot));
            aftermath.leaked.extend(span);
        }
    }

    pub(super) fn park(&mut self, slot: Slot) -> Option<DetachedSpan> {
        let local_trace = self.local_trace(&slot)?;
        let (identity, baggage) = (local_trace.identity, local_trace.baggage.clone());
        let tracer = self.tracer(&slot)?.clone();
        self.leave_local_trace(slot.local_trace);
        Some(DetachedSpan {
            slot,
            identity,
            baggage,
            tracer,
        })
    }
}
