//! Waiting on a separate thread, so that an async runtime is not blocked.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::util::lock::lock;

/// Runs `wait` on a separate thread. The result is `None` if the thread cannot be started.
///
/// `wait` runs to its end even if the future is dropped.
pub(crate) fn wait_on_thread<T: Send + 'static>(
    wait: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Option<T>> + Send {
    let answer = Answer(Arc::default());
    let there = Answer(Arc::clone(&answer.0));
    let thread = thread::Builder::new().name("fedtrace-wait".to_owned());
    let spawned = thread.spawn(move || there.give(wait()));
    let answer = spawned.is_ok().then_some(answer);
    async move { Some(answer?.await) }
}

/// The future result of a thread.
struct Answer<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            value: None,
            waker: None,
        }
    }
}

impl<T> Answer<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.0)
    }

    fn give(&self, value: T) {
        let mut state = self.state();
        state.value = Some(value);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.state();
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
