//! Keeps panics of user code out of the programs that are traced.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Runs `work`. Returns `None` if it panics.
pub(crate) fn catch_panic<R>(work: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // Dropping the payload may run user code, which may panic again.
            mem::forget(payload);
            None
        }
    }
}

/// The number of an open span, and whether a panic was already unwinding when this was made. Both are in one
/// word, which keeps the code of each annotated function and its future small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PanicWatch(u64);

impl PanicWatch {
    pub(crate) const NONE: Self = Self(0);

    #[inline]
    pub(crate) fn new(number: u64) -> Self {
        Self(number << 1 | u64::from(thread::panicking()))
    }

    /// The number of the span; zero for no span.
    #[inline]
    pub(crate) fn number(self) -> u64 {
        self.0 >> 1
    }

    /// Whether a panic has begun since.
    #[inline]
    pub(crate) fn panicked(self) -> bool {
        thread::panicking() && self.0 & 1 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_whose_payload_panics_when_it_is_dropped_is_contained() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        assert_eq!(catch_panic(|| std::panic::panic_any(Bomb)), None::<()>);
        assert_eq!(catch_panic(|| 7), Some(7));
    }
}
