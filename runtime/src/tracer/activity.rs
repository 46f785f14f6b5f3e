//! Whether anything is traced in this process.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// Whether tracing is compiled in. If not, the compiler removes everything that depends on it.
pub(crate) const ENABLED: bool = cfg!(feature = "enable");

/// The number of running tracers, zero for off, with the bit [`FORKED`].
///
/// It is a gate, and `Relaxed` is enough for it: no memory is published by the count. (The bit is different;
/// see [`set_resumed`].) A thread that sees an old value starts a span, or does not, as if it had come a
/// moment earlier. It reaches a tracer only through a handle, the global tracer or a thread-local one, all of
/// which synchronise, and the tracer's own [`Switch`](super::switch::Switch) is asked before a trace starts.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Set in the child process of a fork, until the tracers run in it.
const FORKED: usize = 1 << (usize::BITS - 1);

/// Whether any tracer is running.
#[inline]
pub fn is_on() -> bool {
    if !ENABLED {
        return false;
    }
    let running = RUNNING.load(Ordering::Relaxed);
    if running == 0 {
        return false;
    }
    // Pairs with `set_resumed`: a thread of a child process that does not see the bit any more sees
    // everything that was replaced in the child. It comes after the branch, so that it costs nothing while
    // tracing is off. On x86 it costs nothing at all.
    fence(Ordering::Acquire);
    running < FORKED || resume()
}

/// Resumes tracing, if this is the child process of a fork and no span has started in it.
///
/// Whatever puts a span on a stack calls this or [`is_on`] before: to resume is to forget what the stack has, also what was put
/// there in the child.
#[inline]
pub(crate) fn resume_if_forked() {
    if !ENABLED {
        return;
    }
    if is_forked() {
        resume();
    }
    // As in `is_on`.
    fence(Ordering::Acquire);
}

/// The function that resumes tracing in a child process.
static RESUME: OnceLock<fn() -> bool> = OnceLock::new();

#[cold]
fn resume() -> bool {
    RESUME.get().is_some_and(|resume| resume()) && RUNNING.load(Ordering::Relaxed) & !FORKED != 0
}

pub(crate) fn set_resume(resume: fn() -> bool) {
    RESUME.get_or_init(|| resume);
}

/// Marks this process as a child.
///
/// It runs in the fork handler, where hardly more than one atomic operation is allowed. The child has only
/// this thread, so every other thread that it will have is started after it and sees the bit.
#[cfg(unix)]
pub(crate) fn set_forked() {
    RUNNING.fetch_or(FORKED, Ordering::Relaxed);
}

#[inline]
pub(crate) fn is_forked() -> bool {
    RUNNING.load(Ordering::Relaxed) >= FORKED
}

/// Ends the resumption in a child process. Releases the ids, inboxes and workers that were replaced in it.
pub(crate) fn set_resumed() {
    RUNNING.fetch_and(!FORKED, Ordering::Release);
}

/// How often this process turned out to be a copy that no fork made.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// A number that changes when inboxes were replaced while other threads exist. It acquires, so a thread that sees it
/// finds the new ones.
#[inline]
pub(crate) fn generation() -> usize {
    GENERATION.load(Ordering::Acquire)
}

/// Whether this process is a copy of the one that had this [`generation`].
#[inline]
pub(crate) fn is_copy_of(generation: usize) -> bool {
    self::generation() != generation || is_forked()
}

pub(crate) fn begin_generation() {
    GENERATION.fetch_add(1, Ordering::Release);
}

pub(crate) fn tracer_started() {
    RUNNING.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn tracer_closed() {
    RUNNING.fetch_sub(1, Ordering::Relaxed);
}
