//! The place of a span that is entered and left.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use super::handle::Span;
use super::stack;
use super::stack::entering::{Entry, ParkedEntry};
use super::stack::shared_span::SharedSpan;
use crate::tracer::activity;
use crate::util::panic::PanicWatch;

/// A span that is entered and left on any thread, also on several at once.
///
/// One slot waits here while the span is not entered, so that the next entry costs little. Whoever finds it taken makes
/// another one. Nobody waits for the lock: it may even be held for ever, by a thread that does not exist in the child process
/// of a fork.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    parked: Mutex<Option<ParkedEntry>>,
}

impl Seat {
    fn parked(&self) -> Option<MutexGuard<'_, Option<ParkedEntry>>> {
        match self.parked.try_lock() {
            Ok(parked) => Some(parked),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Makes the span active on this thread until its [exit](Self::exit).
    #[inline]
    pub(crate) fn enter(&self, shared: &Arc<SharedSpan>) -> Option<Entry> {
        activity::resume_if_forked();
        let serial = match self.parked().filter(|parked| parked.is_some()) {
            Some(mut parked) => stack::with(|local| local.enter(&mut parked)),
            None => {
                let mut new = Some(ParkedEntry::of(shared));
                stack::with(|local| local.enter(&mut new))
            }
        };
        Some(Entry {
            number: shared.number(),
            serial: serial.flatten()?,
        })
    }

    /// Takes the span off the stack again.
    #[inline]
    pub(crate) fn exit(&self, entry: Entry) {
        let mut parked = self.parked();
        let aftermath = stack::with(|local| local.exit(entry, parked.as_deref_mut()));
        drop(parked);
        if let Some(Some(aftermath)) = aftermath {
            aftermath.settle();
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
