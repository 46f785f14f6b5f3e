//! The inboxes of all threads, for the worker of a tracer.

use std::sync::{Arc, Mutex, MutexGuard};

use super::batch::Batch;
use super::inbox::Inbox;
use crate::metrics::stats::{Counters, SpanCounts};
use crate::util::lock::lock;

/// The inboxes of a tracer.
#[derive(Default)]
pub(crate) struct Inboxes {
    of_threads: Mutex<Vec<Arc<Inbox>>>,
    /// For spans that finish on a thread that has no stack any more.
    pub(crate) strays: Arc<Inbox>,
}

impl Inboxes {
    fn of_threads(&self) -> MutexGuard<'_, Vec<Arc<Inbox>>> {
        lock(&self.of_threads)
    }

    /// Adds an inbox for another thread.
    pub(crate) fn add(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::default());
        self.of_threads().push(Arc::clone(&inbox));
        inbox
    }

    /// Visits all inboxes, and removes those that are abandoned and empty.
    pub(crate) fn visit(&self, stats: &Counters, mut take: impl FnMut(&Arc<Inbox>, Batch)) {
        let inboxes = self.of_threads().clone();
        let mut over = Vec::new();
        for inbox in inboxes {
            // Read before the visit, which then finds everything that the thread left before it abandoned the
            // inbox.
            let abandoned = inbox.is_abandoned();
            inbox.visit(|batch| take(&inbox, batch));
            if abandoned {
                over.push(inbox);
            }
        }
        self.strays.visit(|batch| take(&self.strays, batch));
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
