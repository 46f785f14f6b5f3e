//! How the spans of futures go off the stack between polls, and onto it again.

use super::aftermath::Aftermath;
use super::slot::{DetachedSpan, DetachedStack, Opener, Slot};
use super::span_stack::SpanStack;
use crate::delivery::details::End;

/// The most boxes that a thread keeps for the spans of futures.
const POOL: usize = 256;

impl SpanStack {
    /// Takes the span of a future off the stack between polls, and what was opened inside and is still open.
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
        self.hand_over_if_empty();
        Some(detached)
    }

    /// Takes the span of a scope off the stack, from now on that of a future. What was opened inside has scopes of
    /// its own that close it.
    pub(crate) fn carry(&mut self, number: u64) -> Option<Box<DetachedStack>> {
        let index = self.position(number, Opener::Scope)?;
        let mut slot = self.slots.remove(index);
        slot.opener = Opener::Poll;
        let mut detached = self.pool.pop().unwrap_or_default();
        detached.own = self.park(slot);
        self.hand_over_if_empty();
        Some(detached)
    }

    /// Puts the span of a future on the stack for a poll; its number.
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

    /// Closes the span of a future. What was opened inside and is still open stays on the stack if something
    /// around the future is traced too, else it would leak into the next task.
    pub(crate) fn close_poll(&mut self, number: u64, end: End) -> Aftermath {
        let mut aftermath = Aftermath::default();
        let Some(index) = self.position(number, Opener::Poll) else {
            return aftermath;
        };
        let slot = self.slots.remove(index);
        if index == 0 {
            while let Some(slot) = self.slots.pop() {
                aftermath.leaked.extend(self.park(slot));
            }
        }
        self.finish(slot, end, &mut aftermath);
        self.hand_over_if_empty();
        aftermath
    }

    fn park(&mut self, slot: Slot) -> Option<DetachedSpan> {
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
