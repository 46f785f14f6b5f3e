//! Empty batches, for the threads of a tracer.

use std::hint;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::batch::Batch;
use super::period::Period;
use crate::util::lock::lock;

/// How often a thread tries to get the lock, within a microsecond or so.
const TRIES: usize = 32;

/// Empty batches, which keep their memory.
///
/// All threads share them, so there are never more than were full at one time. A thread takes one for each 256 spans or so.
#[derive(Debug)]
pub(crate) struct Spares {
    state: Mutex<State>,
    /// How many batches were made because another thread had the lock. As many are given up, so that the sum stays.
    missed: AtomicUsize,
}

#[derive(Debug)]
struct State {
    batches: Vec<Batch>,
    /// The least that were here in this period: so many were not needed.
    least: usize,
    period: Period,
}

impl Default for Spares {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                batches: Vec::new(),
                least: 0,
                period: Period::new(),
            }),
            missed: AtomicUsize::new(0),
        }
    }
}

impl Spares {
    /// An empty batch, for a thread, which does not wait for long: whoever has the lock moves one batch.
    pub(super) fn try_take(&self) -> Batch {
        for _ in 0..TRIES {
            if let Ok(mut state) = self.state.try_lock() {
                return state.take().unwrap_or_default();
            }
            hint::spin_loop();
        }
        self.missed.fetch_add(1, Ordering::Relaxed);
        Batch::new()
    }

    /// An empty batch, for the worker.
    pub(super) fn take(&self) -> Batch {
        lock(&self.state).take().unwrap_or_default()
    }

    /// Takes a batch back whose spans were reported.
    pub(super) fn give_back(&self, mut batch: Batch) {
        let less = |missed: usize| missed.checked_sub(1);
        let order = Ordering::Relaxed;
        if self.missed.fetch_update(order, order, less).is_ok() {
            return;
        }
        batch.recycle();
        lock(&self.state).batches.push(batch);
    }

    /// Gives up half of what was not needed, once a period is over.
    pub(super) fn thin_out(&self, now: Instant) {
        let mut state = lock(&self.state);
        if !state.period.is_over(now) {
            return;
        }
        let count = state.batches.len();
        let least = mem::replace(&mut state.least, count);
        let needless = state.batches.split_off(count - least.min(count).div_ceil(2));
        drop(state);
        // Without the lock, for which a thread does not wait.
        drop(needless);
    }
}

impl State {
    fn take(&mut self) -> Option<Batch> {
        let spare = self.batches.pop();
        self.least = self.least.min(self.batches.len());
        spare
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::delivery::batch::tests::fill;

    fn used() -> Batch {
        let mut batch = Batch::new();
        fill(&mut batch);
        batch
    }

    fn count(spares: &Spares) -> usize {
        lock(&spares.state).batches.len()
    }

    #[test]
    fn a_batch_comes_back_empty_and_with_its_memory() {
        let spares = Spares::default();
        let batch = used();
        let memory = batch.capacity();
        spares.give_back(batch);
        let batch = spares.try_take();
        assert_eq!((batch.len(), batch.capacity()), (0, memory));
        assert_eq!(spares.take().capacity(), 0);
    }

    #[test]
    fn a_thread_gets_a_new_batch_while_another_one_has_the_lock() {
        let spares = Spares::default();
        spares.give_back(used());
        let held = lock(&spares.state);
        assert_eq!(spares.try_take().capacity(), 0);
        drop(held);
        assert!(spares.try_take().capacity() > 0);
    }

    #[test]
    fn a_batch_that_was_made_beside_the_spares_is_one_less_when_one_comes_back() {
        let spares = Spares::default();
        spares.give_back(used());
        let held = lock(&spares.state);
        let made = spares.try_take();
        drop(held);
        spares.give_back(made);
        assert_eq!(count(&spares), 1);
        spares.give_back(used());
        assert_eq!(count(&spares), 2);
    }

    #[test]
    fn half_of_what_a_period_has_not_needed_is_given_up() {
        let spares = Spares::default();
        let later = |periods: u64| Instant::now() + Duration::from_secs(periods * 11);
        (0..10).for_each(|_| spares.give_back(used()));
        spares.thin_out(later(0));
        assert_eq!(count(&spares), 10);
        // All of them came in this period, so each was in use in it.
        spares.thin_out(later(1));
        assert_eq!(count(&spares), 10);
        let taken = [spares.take(), spares.take(), spares.take(), spares.take()];
        taken.into_iter().for_each(|batch| spares.give_back(batch));
        // Six were never needed.
        spares.thin_out(later(2));
        assert_eq!(count(&spares), 7);
        for period in 3..20 {
            spares.thin_out(later(period));
        }
        assert_eq!(count(&spares), 0);
    }
}
