//! The memory of spans, open and finished, and its limit.
//!
//! The counters carry no data, so `Relaxed` is enough for them; see [`backlog`](super::backlog).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The tags and logs of an open span are counted once they take more than this, in bytes. Most spans never do, and
/// then cost no atomic operation.
const FREE: usize = 1024;

/// A span takes at least so many bytes at a time.
const STEP: usize = 1024;

/// The bytes that the spans of a tracer take.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Of finished spans that wait or are being reported.
    waiting: AtomicUsize,
    /// Of open spans.
    open: AtomicUsize,
    max: usize,
}

impl Memory {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            max,
        }
    }

    /// Adds bytes that wait, whether or not they fit. Returns whether they do, and how many waited before.
    pub(crate) fn add_waiting(&self, bytes: usize) -> (bool, usize) {
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let total = waiting.saturating_add(bytes).saturating_add(self.open());
        (total <= self.max, waiting)
    }

    /// Not below zero: a worker that a restored copy has left may release what was reset meanwhile.
    pub(crate) fn remove_waiting(&self, bytes: usize) {
        let less = |held: usize| Some(held.saturating_sub(bytes));
        let _ = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Whether at least half of the memory is full of finished spans, with so many bytes of them.
    pub(crate) fn is_half_full(&self, bytes: usize) -> bool {
        bytes >= self.max / 2
    }

    pub(super) fn max(&self) -> usize {
        self.max
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    fn try_open(&self, bytes: usize) -> bool {
        let open = self.open.fetch_add(bytes, Ordering::Relaxed);
        let fits = open.saturating_add(bytes).saturating_add(self.waiting()) <= self.max;
        if !fits {
            self.close(bytes);
        }
        fits
    }

    /// Saturating, because in a child process the spans of the parent end after the counters were reset.
    fn close(&self, bytes: usize) {
        let less = |open: usize| Some(open.saturating_sub(bytes));
        let _ = self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Resets the counters, for a child process.
    pub(crate) fn reset(&self) {
        self.waiting.store(0, Ordering::Relaxed);
        self.open.store(0, Ordering::Relaxed);
    }
}

/// What one open span has taken of the memory; given back when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Charge {
    covered: usize,
    /// Where the covered bytes were taken from, if they are more than are free.
    memory: Option<Arc<Memory>>,
}

impl Charge {
    /// Whether the span may have this size. `limit` is the largest size of the span.
    #[inline]
    pub(crate) fn ask(&mut self, size: usize, limit: usize, memory: &Arc<Memory>) -> bool {
        size <= self.covered.max(FREE) || self.take(size, limit, memory)
    }

    #[cold]
    fn take(&mut self, size: usize, limit: usize, memory: &Arc<Memory>) -> bool {
        let wanted = size.saturating_add(STEP.max(size / 4)).min(limit).max(size);
        let has_room = memory.try_open(wanted - self.covered);
        if has_room {
            self.covered = wanted;
            self.memory.get_or_insert_with(|| Arc::clone(memory));
        }
        has_room
    }

    /// Gives back what the span has taken.
    pub(crate) fn give_back(&mut self) {
        if let Some(memory) = self.memory.take() {
            memory.close(self.covered);
        }
    }
}

impl Drop for Charge {
    #[inline]
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: usize = usize::MAX;

    fn memory() -> Arc<Memory> {
        Arc::new(Memory::new(10 * STEP))
    }

    #[test]
    fn open_and_waiting_spans_share_one_bound_and_give_back_what_they_took() {
        let memory = memory();
        let (mut first, mut second) = (Charge::default(), Charge::default());
        assert!(first.ask(FREE, ALL, &memory));
        assert_eq!(memory.open(), 0);
        assert!(first.ask(4 * STEP, ALL, &memory) && first.ask(5 * STEP, ALL, &memory));
        assert_eq!(memory.open(), 5 * STEP);
        assert!(!second.ask(5 * STEP, ALL, &memory));
        assert!(memory.add_waiting(4 * STEP).0);
        assert!(!second.ask(2 * STEP, ALL, &memory));
        assert!(!memory.add_waiting(2 * STEP).0);
        drop(first);
        assert!(second.ask(2 * STEP, ALL, &memory));
        drop(second);
        assert_eq!((memory.open(), memory.waiting()), (0, 6 * STEP));
    }

    #[test]
    fn a_span_with_a_limit_takes_no_more() {
        let (memory, limit) = (memory(), 2 * STEP + 1);
        let mut charge = Charge::default();
        assert!(charge.ask(2 * STEP, limit, &memory) && charge.ask(limit, limit, &memory));
        assert_eq!(memory.open(), limit);
    }

    #[test]
    fn a_span_that_grows_step_by_step_rarely_takes_more() {
        let memory = Arc::new(Memory::new(1 << 30));
        let mut charge = Charge::default();
        let mut taken = std::collections::HashSet::new();
        for size in (0..1 << 20).step_by(100) {
            assert!(charge.ask(size, ALL, &memory));
            taken.insert(memory.open());
        }
        assert!(taken.len() < 40, "{taken:?}");
    }

    #[test]
    fn a_span_of_the_parent_process_that_ends_in_the_child_does_not_underflow() {
        let memory = memory();
        let mut charge = Charge::default();
        assert!(charge.ask(2 * STEP, ALL, &memory));
        memory.reset();
        drop(charge);
        assert_eq!(memory.open(), 0);
    }
}
