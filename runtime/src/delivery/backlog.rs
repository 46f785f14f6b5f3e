//! How many finished spans wait for the worker or are with it, and the bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;

use arc_swap::ArcSwapOption;

/// The places for the finished spans of a tracer.
#[derive(Debug)]
pub(crate) struct Backlog {
    spans: AtomicUsize,
    bytes: AtomicUsize,
    max_spans: usize,
    max_bytes: usize,
    /// From how many spans on the worker has to come.
    wake_at: usize,
    closed: AtomicBool,
    worker: ArcSwapOption<Thread>,
}

impl Backlog {
    /// The worker is woken when `batch` spans wait, if not before.
    pub(crate) fn new(max_spans: usize, max_bytes: usize, batch: usize) -> Self {
        Self {
            spans: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            max_spans,
            max_bytes,
            wake_at: (max_spans / 4).min(4096).min(batch),
            closed: AtomicBool::new(false),
            worker: ArcSwapOption::empty(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// From here on, spans have no place any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Takes places in the queue for as many spans of a batch as there is admitted for, and for all its bytes: the
    /// caller gives back those of the spans that it drops.
    pub(crate) fn reserve(&self, spans: usize, bytes: usize) -> usize {
        let waiting = self.spans.fetch_add(spans, Ordering::Relaxed);
        let bytes_waiting = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut admitted = spans.min(self.max_spans.saturating_sub(waiting));
        if bytes_waiting.saturating_add(bytes) > self.max_bytes {
            admitted = 0;
        }
        if admitted < spans {
            self.spans.fetch_sub(spans - admitted, Ordering::Relaxed);
        }
        let crossed = waiting < self.wake_at && waiting + admitted >= self.wake_at;
        if crossed || bytes_waiting + bytes >= self.max_bytes / 2 {
            self.wake_worker();
        }
        admitted
    }

    /// Empties it, for another process.
    pub(crate) fn reset(&self) {
        self.spans.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// The spans that wait or are with the worker, and their bytes.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (
            self.spans.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }

    /// Gives back the places of spans that the worker is done with.
    pub(crate) fn release(&self, spans: usize, bytes: usize) {
        self.spans.fetch_sub(spans, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_worker(&self, thread: Thread) {
        self.worker.store(Some(Arc::new(thread)));
    }

    pub(crate) fn wake_worker(&self) {
        if let Some(worker) = &*self.worker.load() {
            worker.unpark();
        }
    }
}
