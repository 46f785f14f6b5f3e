//! The inboxes of all threads, for the worker of a tracer.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};

use super::batch::Batch;
use super::inbox::Inbox;
use crate::metrics::stats::Counters;
use crate::util::lock::lock;

/// The inboxes of a tracer.
#[derive(Default)]
pub(crate) struct Inboxes {
    of_threads: Mutex<Vec<Arc<Inbox>>>,
    /// For spans that finish on a thread that has no stack any more.
    pub(crate) strays: Inbox,
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
    pub(crate) fn visit(&self, stats: &Counters, mut take: impl FnMut(&mut Batch)) {
        let inboxes = self.of_threads().clone();
        let mut over = Vec::new();
        for inbox in inboxes {
            // Read before the visit, which then finds everything that the thread left before it abandoned the
            // inbox.
            let abandoned = inbox.is_abandoned();
            inbox.visit(&mut take);
            if abandoned {
                over.push(inbox);
            }
        }
        self.strays.visit(&mut take);
        if !over.is_empty() {
            self.of_threads().retain(|inbox| {
                let is_over = over.iter().any(|over| Arc::ptr_eq(over, inbox));
                if is_over {
                    let finished = &stats.finished_unsampled_spans;
                    finished.fetch_add(inbox.finished_unsampled(), Ordering::Relaxed);
                }
                !is_over
            });
        }
    }

    /// The sum of the inboxes' counts and the tracer's own count. It is taken under the lock, because the
    /// count of an abandoned inbox moves from the former to the latter.
    pub(crate) fn finished_unsampled(&self, stats: &Counters) -> u64 {
        let inboxes = self.of_threads();
        let of_threads: u64 = inboxes.iter().map(|inbox| inbox.finished_unsampled()).sum();
        of_threads + stats.finished_unsampled_spans.load(Ordering::Relaxed)
    }
}
