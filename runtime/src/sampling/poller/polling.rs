//! The answers of a polled server, and the thread that polls it.

use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::thread::Running;

/// The answers of a server so far, and the thread that polls it. A forked child process gets its own answers
/// and thread.
pub(crate) struct Polling<T>(ArcSwap<OfProcess<T>>);

struct OfProcess<T> {
    answers: Arc<T>,
    /// `None` if nothing polls the server.
    running: Option<Running>,
}

impl<T> Polling<T> {
    pub(crate) fn new(answers: Arc<T>, running: Running) -> Self {
        Self(ArcSwap::from_pointee(OfProcess {
            answers,
            running: Some(running),
        }))
    }

    pub(crate) fn with<R>(&self, use_them: impl FnOnce(&T) -> R) -> R {
        use_them(&self.0.load().answers)
    }

    /// For the child process of a fork. Without a thread, the answers do not change.
    pub(crate) fn replace_in_child(&self, answers: Arc<T>, running: Option<Running>) {
        let old = self.0.swap(Arc::new(OfProcess { answers, running }));
        // In a copy that no fork made, the thread exists.
        if let Some(running) = &old.running {
            running.end_without_locks();
        }
        // Never dropped: after a fork, the thread at the other end of the channel does not exist.
        mem::forget(old);
    }
}
