//! When a span was left last.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::util::tick::Tick;

/// When a span of `tracing` was left last, or that `tracing` has closed it.
///
/// `Relaxed` is enough: who enters or closes a span has a reference to it, which `tracing` passes from thread to thread, and
/// which orders what was done before.
#[derive(Debug, Default)]
pub(crate) struct LastExit(AtomicU64);

const NEVER: u64 = 0;
const CLOSED: u64 = u64::MAX;

impl LastExit {
    pub(crate) fn set(&self, left: Tick) {
        self.0.store(left.bits(), Ordering::Relaxed);
    }

    /// Remembers that the span is closed. Returns when it was left last, if it was entered at all.
    pub(crate) fn close(&self) -> Option<Tick> {
        match self.0.swap(CLOSED, Ordering::Relaxed) {
            NEVER | CLOSED => None,
            left => Some(Tick::of_bits(left)),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Relaxed) == CLOSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_exit_is_known_once_and_then_the_span_is_closed() {
        let last_exit = LastExit::default();
        let now = Tick::now();
        last_exit.set(now);
        assert!(!last_exit.is_closed());
        assert_eq!(last_exit.close(), Some(now));
        assert!(last_exit.is_closed());
        assert_eq!(LastExit::default().close(), None);
    }
}
