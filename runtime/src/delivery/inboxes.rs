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
    of_threads: Mutex<Vec<Arc<Inbox>>>,
    /// For spans that finish on a thread that has no stack any more.
    pub(crate) strays: Arc<Inbox>,
    spares: Arc<Spares>,
    /// Empty; the worker exchanges it for the cell of an inbox.
    exchange: Mutex<Cell>,
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
    fn of_threads(&self) -> MutexGuard<'_, Vec<Arc<Inbox>>> {
        lock(&self.of_threads)
    }

    /// Adds an inbox for another thread.
    pub(crate) fn add(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::new(Arc::clone(&self.spares)));
        self.of_threads().push(Arc::clone(&inbox));
        inbox
    }

    /// Visits all inboxes, and removes those that are abandoned and empty.
    pub(crate) fn visit(&self, stats: &Counters, mut take: impl FnMut(Batch)) {
        let mut exchange = lock(&self.exchange);
        let inboxes = self.of_threads().clone();
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
            self.of_threads().retain(|inbox| {
                let is_over = over.iter().any(|over| Arc::ptr_eq(over, inbox));
                if is_over {
                    stats.add_spans(inbox.counts.total());
                }
                !is_over
            });
        }
    }

    /// Takes batches back whose spans were reported, and releases their places in the backlog.
    pub(crate) fn take_back(&self, batches: impl Iterator<Item = Batch>, backlog: &Backlog) {
        for batch in batches {
            let reserved = batch.reserved;
            // That of a kept trace came from nowhere: it would be one more each time.
            if reserved.is_something() {
                // First, because a thread that finds a place needs a batch.
                self.spares.give_back(batch);
                backlog.release_all(&reserved);
            }
        }
        self.spares.thin_out(Instant::now());
    }

    /// What the threads of these inboxes have counted, with a snapshot of the tracer's own counters. It is taken under the
    /// lock, because the counts of an abandoned inbox move from the former to the latter.
    pub(crate) fn counted<R>(&self, snapshot: impl FnOnce(SpanCounts) -> R) -> R {
        let inboxes = self.of_threads();
        let mut total = SpanCounts::default();
        for inbox in inboxes.iter() {
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

    #[test]
    fn a_batch_that_has_reserved_nothing_is_no_spare_for_threads() {
        let (inboxes, backlog) = (Inboxes::default(), Backlog::new(1_000, 1 << 20, usize::MAX));
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
        let (inboxes, stats) = (Inboxes::default(), Counters::default());
        let (first, second) = (inboxes.add(), inboxes.add());
        first.counts.count_finished(true, 3);
        second.counts.count_finished(true, 4);
        let counted = || {
            let left = inboxes.of_threads().len();
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
