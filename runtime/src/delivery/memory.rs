//! The memory of spans, open and finished, and its limit.
//!
//! The counters carry no data, so `Relaxed` is enough for them; see [`backlog`](super::backlog).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The tags and logs of an open span are counted once they take more than this, in bytes. Most spans never do, and
/// then cost no atomic operation.
const FREE: usize = 1024;

/// The least part of them that an empty span may use, whatever it takes itself.
const FREE_AT_FIRST: usize = FREE / 2;

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
#[derive(Debug)]
pub(crate) struct Charge {
    /// The bytes that the span may still use.
    spare: usize,
    /// The size up to which the memory was asked; zero at first.
    covered: usize,
    /// The size when it was last measured.
    measured: usize,
    /// Where the covered bytes were taken from, if they were more than are free.
    memory: Option<Arc<Memory>>,
}

impl Default for Charge {
    fn default() -> Self {
        Self {
            spare: FREE_AT_FIRST,
            covered: 0,
            measured: 0,
            memory: None,
        }
    }
}

impl Charge {
    /// Whether the span may use so many bytes more without asking the memory.
    #[inline]
    pub(crate) fn spend(&mut self, more: usize) -> bool {
        let left = self.spare.checked_sub(more);
        self.spare = left.unwrap_or(self.spare);
        left.is_some()
    }

    /// The bytes that the span has used, as long as that is little.
    #[inline]
    pub(crate) fn used(&self) -> Option<usize> {
        (self.covered == 0).then(|| FREE_AT_FIRST - self.spare)
    }

    /// Whether there is something to give back.
    #[inline]
    pub(crate) fn has_taken(&self) -> bool {
        self.memory.is_some()
    }

    /// Asks for so many bytes more. Returns whether there is room for them. `limit` is the largest size of the span.
    ///
    /// A value that was replaced counts until the span is measured. That takes as long as the span is large, so it is
    /// only done when the span has grown by a part of its size.
    #[cold]
    pub(crate) fn ask(
        &mut self,
        more: usize,
        limit: usize,
        memory: &Arc<Memory>,
        measure: impl FnOnce() -> usize,
    ) -> bool {
        let mut size = self.covered - self.spare.min(self.covered);
        if self.covered == 0 || size - self.measured.min(size) >= FREE.max(self.measured / 8) {
            size = measure();
            self.measured = size;
        }
        if size.saturating_add(more) > limit {
            return false;
        }
        size += more;
        if size > FREE && size > self.covered {
            let wanted = (size + STEP.max(size / 4)).min(limit);
            let taken = if self.has_taken() { self.covered } else { 0 };
            if !memory.try_open(wanted - taken) {
                return false;
            }
            self.covered = wanted;
            self.memory.get_or_insert_with(|| Arc::clone(memory));
        }
        self.covered = self.covered.max(FREE.min(limit));
        self.spare = self.covered - size;
        true
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
        assert!(first.ask(FREE, ALL, &memory, || 0) && !first.spend(1));
        assert_eq!(memory.open(), 0);
        assert!(first.ask(3 * STEP, ALL, &memory, || FREE) && first.spend(STEP) && !first.spend(1));
        assert_eq!(memory.open(), 5 * STEP);
        assert!(!second.ask(5 * STEP, ALL, &memory, || 0));
        assert!(memory.add_waiting(4 * STEP).0);
        assert!(!second.ask(2 * STEP, ALL, &memory, || 0));
        assert!(!memory.add_waiting(2 * STEP).0);
        drop(first);
        assert!(second.ask(2 * STEP, ALL, &memory, || 0));
        drop(second);
        assert_eq!((memory.open(), memory.waiting()), (0, 6 * STEP));
    }

    #[test]
    fn a_span_with_a_limit_takes_no_more() {
        let (memory, limit) = (memory(), 2 * STEP + 1);
        let mut charge = Charge::default();
        assert!(charge.ask(2 * STEP, limit, &memory, || 0) && charge.spend(1) && !charge.spend(1));
        assert!(!charge.ask(1, limit, &memory, || limit));
        assert_eq!(memory.open(), 2 * STEP + 1);
    }

    #[test]
    fn a_span_is_rarely_measured_also_when_there_is_no_room() {
        let memory = memory();
        let mut charge = Charge::default();
        let (mut measured, mut size) = (0, 0);
        for _ in 0..10_000 {
            let measure = || {
                measured += 1;
                size
            };
            size += if charge.ask(10, ALL, &memory, measure) {
                10
            } else {
                0
            };
        }
        assert!(size > 7 * STEP, "{size}");
        assert!(measured < 100, "{measured}");
    }

    #[test]
    fn a_value_that_was_replaced_makes_room() {
        let memory = memory();
        let mut charge = Charge::default();
        assert!((0..100).all(|_| charge.ask(STEP, ALL, &memory, || STEP)));
    }

    #[test]
    fn a_span_of_the_parent_process_that_ends_in_the_child_does_not_underflow() {
        let memory = memory();
        let mut charge = Charge::default();
        assert!(charge.ask(2 * STEP, ALL, &memory, || 0));
        memory.reset();
        drop(charge);
        assert_eq!(memory.open(), 0);
    }
}
