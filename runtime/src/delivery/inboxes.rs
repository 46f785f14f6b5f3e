//! The inboxes of all threads, for the worker of a tracer.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::backlog::Backlog;
use super::batch::Batch;
use super::inbox::{Cell, Inbox};
use super::spares::Spares;
use crate::metrics::stats::{Counters, SpanCounts};
use crate::util::lock::lock;

/// The inboxes of a tracer.
pub(crate) struct Inboxes {
    of_threads: Mutex<OfThreads>,
    /// For spans that finish on a thread that has no stack any more.
    pub(crate) strays: Arc<Inbox>,
    spares: Arc<Spares>,
    /// Empty; the worker exchanges it for the cell of an inbox.
    exchange: Mutex<Cell>,
}

#[derive(Default)]
struct OfThreads {
    inboxes: Vec<Arc<Inbox>>,
    /// Whether the worker has ended.
    are_over: bool,
}

impl OfThreads {
    /// Removes inboxes, and counts what their threads have counted.
    fn remove(&mut self, is_over: impl Fn(&Arc<Inbox>) -> bool, stats: &Counters) {
        self.inboxes.retain(|inbox| {
            let is_over = is_over(inbox);
            if is_over {
                stats.add_spans(inbox.counts.total());
            }
            !is_over
        });
    }
}

impl Default for Inboxes {
    fn default() -> Self {
        let spares = Arc::<Spares>::default();
        Self {
            of_threads: Mutex::default(),
            strays: Arc::new(Inbox::new(Arc::clone(&spares))),
            spares,
            exchange: Mutex::default(),
        }
    }
}

impl Inboxes {
    fn of_threads(&self) -> MutexGuard<'_, OfThreads> {
        lock(&self.of_threads)
    }

    /// Adds an inbox for another thread.
    pub(crate) fn add(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::new(Arc::clone(&self.spares)));
        self.of_threads().inboxes.push(Arc::clone(&inbox));
        inbox
    }

    /// Takes an inbox back that its thread has abandoned, if no worker will visit it any more.
    pub(crate) fn remove_abandoned(&self, inbox: &Arc<Inbox>, stats: &Counters) {
        let mut of_threads = self.of_threads();
        if of_threads.are_over {
            of_threads.remove(|other| Arc::ptr_eq(other, inbox), stats);
        }
    }

    /// Gives the memory back that the worker needed, which does not come again.
    pub(crate) fn end(&self, stats: &Counters) {
        let mut of_threads = self.of_threads();
        of_threads.are_over = true;
        of_threads.remove(|inbox| inbox.is_abandoned(), stats);
        drop(of_threads);
        *lock(&self.exchange) = Cell::default();
        self.spares.clear();
    }

    /// Visits all inboxes, and removes those that are abandoned and empty.
    pub(crate) fn visit(&self, stats: &Counters, mut take: impl FnMut(Batch)) {
        let mut exchange = lock(&self.exchange);
        let inboxes = self.of_threads().inboxes.clone();
        let mut over = Vec::new();
        for inbox in inboxes {
            // Read before the visit, which then finds everything that the thread left before it abandoned the
            // inbox.
            let abandoned = inbox.is_abandoned();
            inbox.visit(&mut exchange, &mut take);
            if abandoned {
                over.push(inbox);
            }
        }
        self.strays.visit(&mut exchange, &mut take);
        if !over.is_empty() {
            let is_over = |inbox: &Arc<Inbox>| over.iter().any(|over| Arc::ptr_eq(over, inbox));
            self.of_threads().remove(is_over, stats);
        }
    }

    /// Takes batches back whose spans were reported, and releases their places in the backlog.
    pub(crate) fn take_back(&self, batches: impl Iterator<Item = Batch>, backlog: &Backlog) {
        for batch in batches {
            let reserved = batch.reserved;
            // That of a kept trace came from nowhere: it would be one more each time.
            if reserved.is_something() {
                // First, because a thread that finds a place needs a batch.
                self.spares.give_back(batch, backlog.memory().max() / 2);
                backlog.release_all(&reserved);
            }
        }
        self.spares.thin_out(Instant::now());
    }

    /// What the threads of these inboxes have counted, with a snapshot of the tracer's own counters. It is taken under the
    /// lock, because the counts of an abandoned inbox move from the former to the latter.
    pub(crate) fn counted<R>(&self, snapshot: impl FnOnce(SpanCounts) -> R) -> R {
        let of_threads = self.of_threads();
        let mut total = SpanCounts::default();
        for inbox in &of_threads.inboxes {
            total.add(inbox.counts.total());
        }
        snapshot(total)
    }
}

#[cfg(test)]
mod tests {
    use std::iter;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::delivery::batch::tests::fill;
    use crate::metrics::stats::Stats;

    fn delivery() -> (Inboxes, Backlog, Counters) {
        let backlog = Backlog::new(1_000, 1 << 20, usize::MAX);
        (Inboxes::default(), backlog, Counters::default())
    }

    fn full(inboxes: &Inboxes, backlog: &Backlog, stats: &Counters) -> Arc<Inbox> {
        let inbox = inboxes.add();
        let mut batch = Batch::new();
        (0..3).for_each(|_| fill(&mut batch));
        inbox.counts.count_finished(true, 300);
        inbox.accept(&mut batch, backlog, stats);
        inbox
    }

    fn known(inboxes: &Inboxes) -> usize {
        inboxes.of_threads().inboxes.len()
    }

    fn finished(inboxes: &Inboxes, stats: &Counters) -> u64 {
        let stats: Stats = inboxes.counted(|counts| stats.snapshot(counts, 0, 0));
        stats.finished_sampled_spans
    }

    #[test]
    fn the_memory_of_a_worker_that_has_ended_is_given_back() {
        let (inboxes, backlog, stats) = delivery();
        let _inbox = full(&inboxes, &backlog, &stats);
        let mut taken = Vec::new();
        inboxes.visit(&stats, |batch| taken.push(batch));
        inboxes.take_back(taken.into_iter(), &backlog);
        inboxes.end(&stats);
        assert_eq!(inboxes.spares.take().capacity(), 0);
    }

    #[test]
    fn an_inbox_that_is_abandoned_after_the_end_of_the_worker_is_forgotten_and_its_counts_are_not() {
        let (inboxes, backlog, stats) = delivery();
        let (before, after) = (full(&inboxes, &backlog, &stats), full(&inboxes, &backlog, &stats));
        before.abandon();
        inboxes.remove_abandoned(&before, &stats);
        assert_eq!((known(&inboxes), finished(&inboxes, &stats)), (2, 600));
        inboxes.end(&stats);
        assert_eq!((known(&inboxes), finished(&inboxes, &stats)), (1, 600));
        let late = inboxes.add();
        for inbox in [after, late] {
            inbox.abandon();
            inboxes.remove_abandoned(&inbox, &stats);
        }
        assert_eq!((known(&inboxes), finished(&inboxes, &stats)), (0, 600));
    }

    #[test]
    fn a_batch_that_has_reserved_nothing_is_no_spare_for_threads() {
        let (inboxes, backlog, _) = delivery();
        let mut batch = Batch::new();
        fill(&mut batch);
        inboxes.take_back(iter::once(batch), &backlog);
        assert_eq!(inboxes.spares.take().capacity(), 0);

        let mut batch = Batch::new();
        fill(&mut batch);
        let bytes = batch.bytes();
        assert_eq!(backlog.admit_exactly(&mut batch.reserved, 100, bytes), 100);
        inboxes.take_back(iter::once(batch), &backlog);
        assert!(inboxes.spares.take().capacity() > 0);
        assert_eq!(backlog.waiting(), (0, 0));
    }

    #[test]
    fn an_abandoned_inbox_is_removed_and_its_counts_stay() {
        let (inboxes, _, stats) = delivery();
        let (first, second) = (inboxes.add(), inboxes.add());
        first.counts.count_finished(true, 3);
        second.counts.count_finished(true, 4);
        let counted = || {
            let left = inboxes.of_threads().inboxes.len();
            (left, inboxes.counted(|counts| counts.finished))
        };
        inboxes.visit(&stats, drop);
        assert_eq!(counted(), (2, [0, 7]));
        first.abandon();
        inboxes.visit(&stats, drop);
        assert_eq!(counted(), (1, [0, 4]));
        assert_eq!(stats.finished_sampled_spans.load(Ordering::Relaxed), 3);
    }
}
