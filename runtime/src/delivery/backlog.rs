//! The number of finished spans that wait for the worker or are being reported, and its limits.
//!
//! The counters carry no data. The spans themselves pass through the mutexes of an
//! [`Inbox`](super::inbox::Inbox), so `Relaxed` is enough for every counter here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;

use arc_swap::ArcSwapOption;

use super::memory::Memory;

/// A thread reserves at most this part of the limits ahead.
const PARTS_AHEAD: usize = 1024;
/// A thread reserves at most this part of what it has ahead.
const PART_OF_BATCH: usize = 4;
/// The most spans and bytes that a thread reserves ahead.
const MOST_AHEAD: (usize, usize) = (64, 16 * 1024);

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
    /// The most spans and bytes that a thread reserves ahead of its spans, so that it rarely writes to what all threads
    /// share.
    most_ahead: (usize, usize),
    /// `close` releases and `is_closed` acquires, so that the worker's last visit, which follows such a load, finds
    /// the spans that the closing thread handed over before.
    closed: AtomicBool,
    worker: ArcSwapOption<Thread>,
}

/// What a batch has reserved, and what its spans use of it.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Reserved {
    spans: usize,
    bytes: usize,
    used_spans: usize,
    used_bytes: usize,
}

impl Reserved {
    pub(crate) const NOTHING: Self = Self {
        spans: 0,
        bytes: 0,
        used_spans: 0,
        used_bytes: 0,
    };

    pub(super) fn is_something(&self) -> bool {
        self.spans > 0
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.spans += other.spans;
        self.bytes += other.bytes;
        self.used_spans += other.used_spans;
        self.used_bytes += other.used_bytes;
    }

    #[inline]
    fn use_for(&mut self, spans: usize, bytes: usize) {
        if spans > 0 {
            self.used_spans += spans;
            self.used_bytes += bytes;
        }
    }
}

impl Backlog {
    /// The worker is woken at the latest when `batch` spans wait.
    pub(crate) fn new(max_spans: usize, max_bytes: usize, batch: usize) -> Self {
        Self {
            spans: AtomicUsize::new(0),
            memory: Arc::new(Memory::new(max_bytes)),
            max_spans,
            wake_at: (max_spans / 4).min(4096).min(batch).max(1),
            most_ahead: (
                (max_spans / PARTS_AHEAD).min(MOST_AHEAD.0),
                (max_bytes / PARTS_AHEAD).min(MOST_AHEAD.1),
            ),
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

    /// Reserves space for spans that a batch gets, with so many bytes, and for some more, unless the batch has reserved
    /// that before. Returns how many of the spans are admitted.
    #[inline(always)]
    pub(crate) fn admit(&self, batch: &mut Reserved, spans: usize, bytes: usize) -> usize {
        let has_room = batch.used_spans + spans <= batch.spans && batch.used_bytes + bytes <= batch.bytes;
        let admitted = match has_room {
            true => spans,
            false => self.admit_more(batch, (spans, bytes), self.ahead_of(batch)),
        };
        batch.use_for(admitted, bytes);
        admitted
    }

    /// What a batch reserves ahead: a part of what it has, since many threads may have few spans each.
    fn ahead_of(&self, batch: &Reserved) -> (usize, usize) {
        let part = |used: usize, most: usize| (used / PART_OF_BATCH).min(most);
        (
            part(batch.used_spans, self.most_ahead.0),
            part(batch.used_bytes, self.most_ahead.1),
        )
    }

    /// As [`admit`](Self::admit), for a batch that gets no more spans after these.
    pub(crate) fn admit_exactly(&self, batch: &mut Reserved, spans: usize, bytes: usize) -> usize {
        let admitted = self.admit_more(batch, (spans, bytes), (0, 0));
        batch.use_for(admitted, bytes);
        admitted
    }

    #[cold]
    fn admit_more(
        &self,
        batch: &mut Reserved,
        (spans, bytes): (usize, usize),
        ahead: (usize, usize),
    ) -> usize {
        let lacking = (
            (batch.used_spans + spans).saturating_sub(batch.spans),
            (batch.used_bytes + bytes).saturating_sub(batch.bytes),
        );
        let ahead = (lacking.0 + ahead.0, lacking.1 + ahead.1);
        for (wanted, bytes) in [ahead, lacking] {
            let Some(admitted) = self.reserve(wanted, bytes) else {
                continue;
            };
            let is_ahead = wanted > lacking.0;
            if admitted < wanted && (is_ahead || admitted == 0) {
                self.release(admitted, bytes);
                if is_ahead {
                    continue;
                }
                return 0;
            }
            batch.spans += admitted;
            batch.bytes += bytes;
            return spans - (wanted - admitted);
        }
        0
    }

    /// Reserves space for spans, and for all of their bytes. Returns how many of the spans are admitted; `None` if the
    /// bytes do not fit.
    fn reserve(&self, spans: usize, bytes: usize) -> Option<usize> {
        // Each caller sees a different value, because all changes of one atomic have a single order. A caller
        // may see spans that another one is about to give back, and so may reject too many spans, but never
        // admits too many.
        let waiting = self.spans.fetch_add(spans, Ordering::Relaxed);
        let (bytes_fit, bytes_waiting) = self.memory.add_waiting(bytes);
        let admitted = spans.min(self.max_spans.saturating_sub(waiting));
        if !bytes_fit {
            self.release(spans, bytes);
        } else if admitted < spans {
            self.release(spans - admitted, 0);
        }
        let crossed = waiting < self.wake_at && waiting + admitted >= self.wake_at;
        // The caller holds the lock of a cell that the worker is going to visit, so the worker that is woken here
        // waits for the spans even if it is faster.
        if crossed || self.memory.is_half_full(bytes_waiting + bytes) {
            self.wake_worker();
        }
        bytes_fit.then_some(admitted)
    }

    /// Resets the counters, for a child process.
    pub(crate) fn reset(&self) {
        // The spans of the parent do not count in the child, and its own spans start after this.
        self.spans.store(0, Ordering::Relaxed);
        self.memory.reset();
    }

    /// The bytes of the spans that wait or are being reported, with what threads have reserved ahead.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.memory.waiting()
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

    /// Releases what a batch has reserved, once its spans were reported.
    pub(crate) fn release_all(&self, reserved: &Reserved) {
        self.release(reserved.spans, reserved.bytes);
    }

    /// What is reserved now.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.spans.load(Ordering::Relaxed), self.memory.waiting())
    }

    /// Whether so many spans wait that the worker should not. It is woken by the one that makes them so many, and that may have
    /// come while it was at work.
    pub(crate) fn is_due(&self) -> bool {
        self.spans.load(Ordering::Relaxed) >= self.wake_at
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_admitted_is_not_reserved_either() {
        for (max_spans, max_bytes) in [(100, 1 << 20), (1 << 20, 10_000), (100_000, 10_000)] {
            let backlog = Backlog::new(max_spans, max_bytes, usize::MAX);
            let mut batches = [Reserved::NOTHING; 3];
            let mut admitted = 0;
            for round in 0..200 {
                let batch = &mut batches[round % 3];
                admitted += match round % 4 {
                    0 => backlog.admit_exactly(batch, 7, 700),
                    _ => backlog.admit(batch, 3, 300),
                };
            }
            let reserved = batches
                .iter()
                .fold((0, 0), |sum, batch| (sum.0 + batch.spans, sum.1 + batch.bytes));
            assert_eq!(backlog.waiting(), reserved);
            assert!(admitted > 0 && reserved.0 >= admitted && reserved.0 <= max_spans);
            assert!(reserved.1 <= max_bytes);
            batches.iter().for_each(|batch| backlog.release_all(batch));
            assert_eq!(backlog.waiting(), (0, 0));
        }
    }

    #[test]
    fn a_thread_reserves_ahead_in_proportion_and_then_asks_rarely() {
        let backlog = Backlog::new(65_536, 64 << 20, usize::MAX);
        let mut batch = Reserved::NOTHING;
        let mut asked = 0;
        for spans in 1..=1_000 {
            let before = backlog.waiting();
            assert_eq!(backlog.admit(&mut batch, 1, 100), 1);
            asked += usize::from(backlog.waiting() != before);
            assert!(backlog.waiting().0 <= spans + spans / PART_OF_BATCH);
        }
        assert!(asked < 60, "{asked}");
    }

    #[test]
    fn threads_with_one_span_each_fill_the_whole_queue() {
        let backlog = Backlog::new(5_000, 64 << 20, usize::MAX);
        let admitted = (0..5_000).map(|_| backlog.admit(&mut Reserved::default(), 1, 100));
        assert_eq!(admitted.sum::<usize>(), 5_000);
    }

    #[test]
    fn a_small_queue_is_filled_to_the_last_place() {
        let backlog = Backlog::new(10, 1 << 20, usize::MAX);
        let mut batches = [Reserved::NOTHING; 2];
        assert_eq!(backlog.admit(&mut batches[0], 6, 600), 6);
        assert_eq!(backlog.admit(&mut batches[1], 6, 600), 4);
        assert_eq!(backlog.admit(&mut batches[0], 1, 100), 0);
        assert_eq!(backlog.waiting().0, 10);
    }

    #[test]
    fn a_thread_that_reserves_ahead_fills_a_queue_to_the_last_place_too() {
        for max_spans in 2_048..2_056 {
            let backlog = Backlog::new(max_spans, 64 << 20, usize::MAX);
            let mut batch = Reserved::NOTHING;
            for _ in 0..max_spans {
                assert_eq!(backlog.admit(&mut batch, 1, 100), 1);
            }
            assert_eq!(backlog.admit(&mut batch, 1, 100), 0);
            assert_eq!(backlog.waiting().0, max_spans);
        }
    }
}
