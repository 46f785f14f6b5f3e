//! Counters.

use std::sync::atomic::{AtomicU64, Ordering};

/// Adds one. `Relaxed` is enough: a counter is only ever shown, and no other memory is read because of its
/// value.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Adds several.
pub(crate) fn add(counter: &AtomicU64, more: u64) {
    if more > 0 {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}
