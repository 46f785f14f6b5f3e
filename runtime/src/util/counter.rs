//! Counters.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts one more. Nothing is read in the order of these counts, so the order does not matter.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
