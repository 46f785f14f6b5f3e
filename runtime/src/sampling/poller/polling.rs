use std::mem;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use arc_swap::ArcSwap;

/// What a server has said so far, and the thread that asks it. The child process of a fork has both of its own.
pub(crate) struct Polling<T>(ArcSwap<OfProcess<T>>);

struct OfProcess<T> {
    answers: Arc<T>,
    /// The thread ends when this is gone. If there is none, nobody asks.
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

    /// For the child process of a fork. Without a thread the answers stay as they are.
    pub(crate) fn replace_in_child(&self, answers: Arc<T>, running: Option<Sender<()>>) {
        let of_child = OfProcess {
            answers,
            _running: running,
        };
        // Never dropped: the thread that waits for its end is not here.
        mem::forget(self.0.swap(Arc::new(of_child)));
    }
}
