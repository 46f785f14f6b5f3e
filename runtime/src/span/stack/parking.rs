//! How the spans of futures go off the stack between polls, and onto it again.

use super::aftermath::Aftermath;
use super::local::Local;
use super::slot::{Opener, Parked, Slot, Stay};
use crate::delivery::details::End;

/// The most boxes that a thread keeps for the spans of futures.
const POOL: usize = 256;

impl Local {
    /// Takes the span of a future off the stack between polls, and what was opened inside and is still open.
    pub(crate) fn leave(&mut self, number: u64, stay: Option<Box<Stay>>) -> Option<Box<Stay>> {
        let index = self.position(number, Opener::Poll)?;
        let mut stay = stay.or_else(|| self.pool.pop()).unwrap_or_default();
        while self.slots.len() > index + 1 {
            let parked = self.slots.pop().and_then(|slot| self.park(slot));
            stay.inner.extend(parked);
        }
        stay.own = self.slots.pop().and_then(|slot| self.park(slot));
        self.hand_over_if_empty();
        Some(stay)
    }

    /// Takes the span of a scope off the stack, from now on that of a future. What was opened inside has scopes of
    /// its own that close it.
    pub(crate) fn carry(&mut self, number: u64) -> Option<Box<Stay>> {
        let index = self.position(number, Opener::Scope)?;
        let mut slot = self.slots.remove(index);
        slot.opener = Opener::Poll;
        let mut stay = self.pool.pop().unwrap_or_default();
        stay.own = self.park(slot);
        self.hand_over_if_empty();
        Some(stay)
    }

    /// Puts the span of a future on the stack for a poll; its number.
    pub(crate) fn resume(&mut self, stay: &mut Stay) -> Option<u64> {
        let own = stay.own.take()?;
        let number = own.slot.span.number;
        self.push_parked(own);
        while let Some(parked) = stay.inner.pop() {
            self.push_parked(parked);
        }
        Some(number)
    }

    pub(crate) fn keep(&mut self, stay: Box<Stay>) {
        if self.pool.len() < POOL {
            self.pool.push(stay);
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

    fn park(&mut self, slot: Slot) -> Option<Parked> {
        let segment = self.segment(&slot)?;
        let (identity, baggage) = (segment.identity, segment.baggage.clone());
        let tracer = self.tracer(&slot)?.clone();
        self.leave_segment(slot.segment);
        Some(Parked {
            slot,
            identity,
            baggage,
            tracer,
        })
    }
}
