//! The place of a span that is entered and left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::handle::Span;
use super::stack;
#[cfg(feature = "tracing")]
use super::stack::aftermath::Aftermath;
use super::stack::detached::{DetachedSlot, DetachedStack};
use super::stack::entering::Entry;
use super::stack::shared_span::SharedSpan;
use super::stack::slot::Opener;
use crate::util::panic::PanicWatch;

/// A span that is entered and left on any thread, also on several at once.
///
/// One slot waits here while the span is not entered, so that the next entry costs little more than a poll. Whoever
/// finds it taken makes another slot. Nobody waits for the lock: it may even be held for ever, by a thread that does
/// not exist in the child process of a fork.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    parked: Mutex<Option<Box<DetachedStack>>>,
}

impl Seat {
    /// The seat of a span whose slot is parked already.
    #[cfg(feature = "tracing")]
    pub(crate) fn of_parked(parked: Box<DetachedStack>) -> Self {
        Self {
            parked: Mutex::new(Some(parked)),
        }
    }

    /// Like [`enter`](Self::enter), for who has the seat alone.
    #[cfg(feature = "tracing")]
    pub(crate) fn enter_mut(&mut self, shared: &Arc<SharedSpan>) -> Option<Entry> {
        let parked = self.parked.get_mut().unwrap_or_else(PoisonError::into_inner);
        match parked.as_deref_mut().filter(|stack| stack.has_own()) {
            Some(stack) => stack::with(|local| local.reenter(stack)).flatten(),
            None => Self::enter_anew(shared),
        }
    }

    /// Like [`exit`](Self::exit), for who has the seat alone. Returns what remains to be done.
    #[cfg(feature = "tracing")]
    pub(crate) fn exit_mut(&mut self, entry: Entry) -> Option<Aftermath> {
        let parked = self.parked.get_mut().unwrap_or_else(PoisonError::into_inner);
        stack::with(|local| local.exit(entry, Some(parked))).flatten()
    }

    fn parked(&self) -> Option<MutexGuard<'_, Option<Box<DetachedStack>>>> {
        match self.parked.try_lock() {
            Ok(parked) => Some(parked),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Makes the span active on this thread until its [exit](Self::exit).
    #[inline]
    pub(crate) fn enter(&self, shared: &Arc<SharedSpan>) -> Option<Entry> {
        if let Some(mut parked) = self.parked() {
            if let Some(stack) = parked.as_deref_mut().filter(|stack| stack.has_own()) {
                return stack::with(|local| local.reenter(stack)).flatten();
            }
        }
        Self::enter_anew(shared)
    }

    #[cold]
    fn enter_anew(shared: &Arc<SharedSpan>) -> Option<Entry> {
        let span = DetachedSlot::of(shared, Opener::Entry, false);
        stack::with(|local| local.enter(span)).flatten()
    }

    /// Takes the span off the stack again.
    #[inline]
    pub(crate) fn exit(&self, entry: Entry) {
        let mut parked = self.parked();
        let aftermath = stack::with(|local| local.exit(entry, parked.as_deref_mut()));
        drop(parked);
        if let Some(aftermath) = aftermath.flatten() {
            aftermath.settle();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let parked = self.parked.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut stack) = parked.take() {
            // Before the box is kept: what is dropped may want the thread's stack.
            stack.drop_own();
            stack::with(|local| local.keep(stack));
        }
    }
}

/// An entry that is left when it is dropped.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    entered: Option<(&'a Seat, Entry)>,
    watch: PanicWatch,
}

impl<'a> Visit<'a> {
    #[inline]
    pub(crate) fn of(span: &Span, seat: &'a Seat) -> Self {
        let entered = span.shared.as_ref().and_then(|shared| seat.enter(shared));
        Self {
            entered: entered.map(|entry| (seat, entry)),
            watch: entered.map_or(PanicWatch::NONE, |entry| PanicWatch::new(entry.number)),
        }
    }

    /// Whether a panic has begun since.
    #[inline]
    pub(crate) fn panicked(&self) -> bool {
        self.watch.panicked()
    }
}

impl Drop for Visit<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some((seat, entry)) = self.entered.take() {
            seat.exit(entry);
        }
    }
}
