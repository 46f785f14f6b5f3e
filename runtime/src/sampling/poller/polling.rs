//! The answers of a polled server, and the thread that polls it.

use std::mem;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use arc_swap::ArcSwap;

/// The answers of a server so far, and the thread that polls it. A forked child process gets its own answers
/// and thread.
pub(crate) struct Polling<T>(ArcSwap<OfProcess<T>>);

struct OfProcess<T> {
    answers: Arc<T>,
    /// The thread ends when this is dropped. `None` if nothing polls the server.
    _running: Option<Sender<()>>,
}

impl<T> Polling<T> {
    pub(crate) fn new(answers: Arc<T>, running: Sender<()>) -> Self {
        Self(ArcSwap::from_pointee(OfProcess {
            answers,
            _running: Some(running),
        }))
    }

    pub(crate) fn with<R>(&self, use_them: impl FnOnce(&T) -> R) -> R {
        use_them(&self.0.load().answers)
    }

    /// For the child process of a fork. Without a thread, the answers do not change.
    pub(crate) fn replace_in_child(&self, answers: Arc<T>, running: Option<Sender<()>>) {
        let of_child = OfProcess {
            answers,
            _running: running,
        };
        // Never dropped, because the thread at the other end of the channel does not exist here.
        mem::forget(self.0.swap(Arc::new(of_child)));
    }
}
