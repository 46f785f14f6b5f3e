//! Whether anything is traced in this process at all.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether there is any tracing in this program. All that would be done for it goes away with a `false`.
pub(crate) const ENABLED: bool = cfg!(feature = "enable");

/// How many tracers are running: zero means off.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Added to the number of running tracers in the child process of a fork, until they run in it.
const FORKED: usize = 1 << (usize::BITS - 1);

/// Whether any tracer is running.
#[inline]
pub fn is_on() -> bool {
    if !ENABLED {
        return false;
    }
    let running = RUNNING.load(Ordering::Relaxed);
    running != 0 && (running < FORKED || resume())
}

/// Lets everything begin anew, if this is the child process of a fork and no span has come before.
pub(crate) fn resume_if_forked() {
    is_on();
}

/// What begins anew in a child process.
static RESUME: OnceLock<fn() -> bool> = OnceLock::new();

#[cold]
fn resume() -> bool {
    RESUME.get().is_some_and(|resume| resume()) && RUNNING.load(Ordering::Relaxed) & !FORKED != 0
}

pub(crate) fn set_resume(resume: fn() -> bool) {
    RESUME.get_or_init(|| resume);
}

/// One atomic operation, since it is called where hardly anything else is allowed.
#[cfg(unix)]
pub(crate) fn set_forked() {
    RUNNING.fetch_or(FORKED, Ordering::Relaxed);
}

pub(crate) fn is_forked() -> bool {
    RUNNING.load(Ordering::Relaxed) >= FORKED
}

pub(crate) fn set_resumed() {
    RUNNING.fetch_and(!FORKED, Ordering::Relaxed);
}

pub(crate) fn tracer_started() {
    RUNNING.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn tracer_closed() {
    RUNNING.fetch_sub(1, Ordering::Relaxed);
}
