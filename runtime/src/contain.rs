//! Keeps panics of user code out of the programs that are traced.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` gives, or `None` if it panics.
pub(crate) fn contain<R>(work: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // Dropping it may run user code again, which may panic again.
            mem::forget(payload);
            None
        }
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
        assert_eq!(contain(|| std::panic::panic_any(Bomb)), None::<()>);
        assert_eq!(contain(|| 7), Some(7));
    }
}
