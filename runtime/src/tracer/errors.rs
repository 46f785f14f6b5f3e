//! What an `Err` of a traced function is, where nothing else says so.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an `Err` is a failure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errors {
    pub(crate) are_failures: bool,
}

/// Whether an `Err` is no failure for any tracer, so that a process without one does not ask.
///
/// `Relaxed` is enough: it is set before the tracer exists, and a thread reaches the tracer through what synchronises.
static LENIENT: AtomicBool = AtomicBool::new(false);

impl Errors {
    pub(crate) fn new(are_failures: bool) -> Self {
        if !are_failures {
            LENIENT.store(true, Ordering::Relaxed);
        }
        Self { are_failures }
    }
}

/// Whether there is a tracer to be asked.
#[inline]
pub(crate) fn may_be_no_failures() -> bool {
    LENIENT.load(Ordering::Relaxed)
}
