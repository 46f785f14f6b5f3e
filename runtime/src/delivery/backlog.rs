//! The number of finished spans that wait for the worker or are being reported, and its limits.
//!
//! The counters carry no data. The spans themselves pass through the mutexes of an
//! [`Inbox`](super::inbox::Inbox), so `Relaxed` is enough for every counter here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;

use arc_swap::ArcSwapOption;

use super::memory::Memory;

/// Counts the finished spans of a tracer against its limits.
#[derive(Debug)]
pub(crate) struct Backlog {
    /// Apart from `reset`, it is changed by read-modify-write operations only, so it is never below the
    /// number of admitted spans, whatever the memory ordering.
    spans: AtomicUsize,
    /// The bytes of these spans, and of open ones. It is not changed together with `spans`, so a reader may see one of
    /// them a moment earlier.
    memory: Arc<Memory>,
    max_spans: usize,
    /// The worker is woken when this many spans wait.
    wake_at: usize,
    /// `close` releases and `is_closed` acquires, so that the worker's last visit, which follows such a load, finds
    /// the spans that the closing thread handed over before.
    closed: AtomicBool,
    worker: ArcSwapOption<Thread>,
}

impl Backlog {
    /// The worker is woken at the latest when `batch` spans wait.
    pub(crate) fn new(max_spans: usize, max_bytes: usize, batch: usize) -> Self {
        Self {
            spans: AtomicUsize::new(0),
            memory: Arc::new(Memory::new(max_bytes)),
            max_spans,
            wake_at: (max_spans / 4).min(4096).min(batch),
            closed: AtomicBool::new(false),
            worker: ArcSwapOption::empty(),
        }
    }

    pub(crate) fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Rejects all spans from now on.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Reserves space for the spans of a batch and for all of its bytes. Returns how many of the spans are
    /// admitted; the caller releases the bytes of those that it drops.
    pub(crate) fn reserve(&self, spans: usize, bytes: usize) -> usize {
        // Each caller sees a different value, because all changes of one atomic have a single order. A caller
        // may see spans that another one is about to give back, and so may reject too many spans, but never
        // admits too many.
        let waiting = self.spans.fetch_add(spans, Ordering::Relaxed);
        let (bytes_fit, bytes_waiting) = self.memory.add_waiting(bytes);
        let mut admitted = spans.min(self.max_spans.saturating_sub(waiting));
        if !bytes_fit {
            admitted = 0;
        }
        if admitted < spans {
            self.spans.fetch_sub(spans - admitted, Ordering::Relaxed);
        }
        let crossed = waiting < self.wake_at && waiting + admitted >= self.wake_at;
        // The caller holds the lock of a cell that the worker is going to visit, so the worker that is woken here
        // waits for the spans even if it is faster.
        if crossed || self.memory.is_half_full(bytes_waiting + bytes) {
            self.wake_worker();
        }
        admitted
    }

    /// Resets the counters, for a child process.
    pub(crate) fn reset(&self) {
        // The spans of the parent do not count in the child, and its own spans start after this.
        self.spans.store(0, Ordering::Relaxed);
        self.memory.reset();
    }

    /// The number of spans that wait or are being reported, and their bytes.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.spans.load(Ordering::Relaxed), self.memory.waiting())
    }

    /// Releases the space of reported spans. A thread that sees the lower counters accesses no memory of
    /// these spans, so they need not be ordered before it.
    ///
    /// Not below zero: a worker that a restored copy has left may release what was reset meanwhile.
    pub(crate) fn release(&self, spans: usize, bytes: usize) {
        let less = |held: usize| Some(held.saturating_sub(spans));
        let _ = self
            .spans
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        self.memory.remove_waiting(bytes);
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
