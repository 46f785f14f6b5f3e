//! Whether anything is traced in this process at all.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether there is any tracing in this program. All that would be done for it goes away with a `false`.
pub(crate) const ENABLED: bool = cfg!(feature = "enable");

/// How many tracers are running: zero means off.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Whether any tracer is running.
#[inline]
pub fn is_on() -> bool {
    ENABLED && RUNNING.load(Ordering::Relaxed) != 0
}

pub(crate) fn tracer_started() {
    RUNNING.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn tracer_closed() {
    RUNNING.fetch_sub(1, Ordering::Relaxed);
}
