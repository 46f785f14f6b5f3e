//! Empty batches, for the threads of a tracer.

use std::array;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::batch::Batch;
use super::period::Period;
use crate::util::lock::lock;

/// A thread that loses the processor while it takes a batch has the batches of one shelf with it, so there are many shelves.
const SHELVES: usize = 32;

/// Empty batches, which keep their memory.
///
/// All threads share them, so there are never more than were full at one time. A thread takes one for each 256 spans or so.
///
/// The counters say how much memory is needed. No data depends on them, so `Relaxed` is enough.
#[derive(Debug)]
pub(crate) struct Spares {
    shelves: [Mutex<Vec<Batch>>; SHELVES],
    /// The shelf of the last batch that came or went.
    last: AtomicUsize,
    count: AtomicUsize,
    /// The memory of these.
    bytes: AtomicUsize,
    /// The least that were here in this period: so many were not needed.
    least: AtomicUsize,
    /// How many batches were made because other threads had the shelves. As many are given up, so that the sum stays.
    missed: AtomicUsize,
    period: Mutex<Period>,
}

impl Default for Spares {
    fn default() -> Self {
        Self {
            shelves: array::from_fn(|_| Mutex::default()),
            last: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            least: AtomicUsize::new(0),
            missed: AtomicUsize::new(0),
            period: Mutex::new(Period::new()),
        }
    }
}

impl Spares {
    /// An empty batch. It waits for no other thread: a shelf that another one has is left out.
    pub(super) fn take(&self) -> Batch {
        self.take_spare().unwrap_or_else(|| {
            if self.count.load(Ordering::Relaxed) > 0 {
                self.missed.fetch_add(1, Ordering::Relaxed);
            }
            Batch::new()
        })
    }

    fn take_spare(&self) -> Option<Batch> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let last = self.last.load(Ordering::Relaxed);
        let from_last = (0..SHELVES).map(|back| last.wrapping_sub(back) % SHELVES);
        let (place, spare) = from_last
            .filter_map(|place| Some((place, self.shelves.get(place)?.try_lock().ok()?.pop()?)))
            .next()?;
        self.last.store(place.wrapping_sub(1), Ordering::Relaxed);
        self.bytes.fetch_sub(spare.capacity(), Ordering::Relaxed);
        let left = self.count.fetch_sub(1, Ordering::Relaxed) - 1;
        self.least.fetch_min(left, Ordering::Relaxed);
        Some(spare)
    }

    /// Takes a batch back whose spans were reported, unless the spares have more than `most` bytes already.
    pub(super) fn give_back(&self, mut batch: Batch, most: usize) {
        let less = |missed: usize| missed.checked_sub(1);
        let order = Ordering::Relaxed;
        if self.missed.fetch_update(order, order, less).is_ok() {
            return;
        }
        batch.recycle();
        let bytes = batch.capacity();
        if self.bytes.load(Ordering::Relaxed) + bytes > most {
            return;
        }
        let place = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1) % SHELVES;
        if let Some(shelf) = self.shelves.get(place) {
            // Before anybody can take it.
            self.count.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
            lock(shelf).push(batch);
        }
    }

    /// Gives up all of them.
    pub(super) fn clear(&self) {
        while self.take_spare().is_some() {}
    }

    /// Gives up half of what was not needed, once a period is over.
    pub(super) fn thin_out(&self, now: Instant) {
        if !lock(&self.period).is_over(now) {
            return;
        }
        let least = self.least.swap(usize::MAX, Ordering::Relaxed);
        let count = self.count.load(Ordering::Relaxed);
        for _ in 0..least.min(count).div_ceil(2) {
            drop(self.take_spare());
        }
        self.least
            .store(self.count.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::delivery::batch::tests::fill;

    const MOST: usize = 1 << 20;

    fn used() -> Batch {
        let mut batch = Batch::new();
        fill(&mut batch);
        batch
    }

    fn count(spares: &Spares) -> usize {
        spares.shelves.iter().map(|shelf| lock(shelf).len()).sum()
    }

    #[test]
    fn a_batch_comes_back_empty_and_with_its_memory() {
        let spares = Spares::default();
        let batch = used();
        let memory = batch.capacity();
        spares.give_back(batch, MOST);
        let batch = spares.take();
        assert_eq!((batch.len(), batch.capacity()), (0, memory));
        assert_eq!(spares.take().capacity(), 0);
    }

    #[test]
    fn a_thread_that_has_a_shelf_keeps_no_other_from_the_rest() {
        let spares = Spares::default();
        (0..2 * SHELVES).for_each(|_| spares.give_back(used(), MOST));
        let held = lock(&spares.shelves[5]);
        for _ in 0..2 * (SHELVES - 1) {
            assert!(spares.take().capacity() > 0);
        }
        assert_eq!(spares.take().capacity(), 0);
        drop(held);
        assert!(spares.take().capacity() > 0);
    }

    #[test]
    fn a_batch_that_was_made_beside_the_spares_is_one_less_when_one_comes_back() {
        let spares = Spares::default();
        spares.give_back(used(), MOST);
        let held = spares.shelves.each_ref().map(|shelf| lock(shelf));
        let made = spares.take();
        drop(held);
        spares.give_back(made, MOST);
        assert_eq!(count(&spares), 1);
        spares.give_back(used(), MOST);
        assert_eq!(count(&spares), 2);
    }

    #[test]
    fn spares_have_no_more_memory_than_they_may() {
        let spares = Spares::default();
        let most = 5 * used().capacity();
        (0..10).for_each(|_| spares.give_back(used(), most));
        assert_eq!((count(&spares), spares.bytes.load(Ordering::Relaxed)), (5, most));
        drop(spares.take());
        spares.give_back(used(), most);
        assert_eq!(count(&spares), 5);
        spares.clear();
        assert_eq!((count(&spares), spares.bytes.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn batches_that_threads_take_and_give_back_at_once_are_counted_once() {
        let spares = Spares::default();
        (0..100).for_each(|_| spares.give_back(used(), MOST));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| spares.give_back(spares.take(), MOST)));
            }
        });
        assert_eq!(spares.count.load(Ordering::Relaxed), count(&spares));
        assert_eq!(count(&spares), 100);
    }

    #[test]
    fn half_of_what_a_period_has_not_needed_is_given_up() {
        let spares = Spares::default();
        let later = |periods: u64| Instant::now() + Duration::from_secs(periods * 11);
        (0..10).for_each(|_| spares.give_back(used(), MOST));
        spares.thin_out(later(0));
        assert_eq!(count(&spares), 10);
        // All of them came in this period, so each was in use in it.
        spares.thin_out(later(1));
        assert_eq!(count(&spares), 10);
        let taken = [spares.take(), spares.take(), spares.take(), spares.take()];
        taken.into_iter().for_each(|batch| spares.give_back(batch, MOST));
        // Six were never needed.
        spares.thin_out(later(2));
        assert_eq!(count(&spares), 7);
        for period in 3..20 {
            spares.thin_out(later(period));
        }
        assert_eq!(count(&spares), 0);
    }
}
