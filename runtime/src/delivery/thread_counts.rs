//! The counts of one thread.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::metrics::stats::SpanCounts;

/// What one thread has counted. Only that thread writes it, so a load and a store cannot lose a count, and no other thread
/// waits for the cache line.
///
/// Readers need only some recent value, for which `Relaxed` is enough. The last values are ordered by the mark with which
/// the thread abandons its [`Inbox`](super::inbox::Inbox).
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct ThreadCounts {
    /// Each pair is those that are not recorded, and those that are.
    begun_traces: [AtomicU64; 2],
    started: [AtomicU64; 2],
    finished: [AtomicU64; 2],
}

#[inline]
fn add(counter: Option<&AtomicU64>, more: u64) {
    if let Some(counter) = counter {
        let counted = counter.load(Ordering::Relaxed);
        counter.store(counted.wrapping_add(more), Ordering::Relaxed);
    }
}

impl ThreadCounts {
    /// Counts a span that begins a trace here.
    #[inline]
    pub(crate) fn count_trace(&self, sampled: bool) {
        add(self.begun_traces.get(usize::from(sampled)), 1);
    }

    /// Counts started spans: those that are not recorded, and those that are.
    #[inline]
    pub(crate) fn count_started(&self, started: [u64; 2]) {
        for (counter, spans) in self.started.iter().zip(started) {
            add(Some(counter), spans);
        }
    }

    /// Counts finished spans.
    #[inline]
    pub(crate) fn count_finished(&self, sampled: bool, spans: u64) {
        add(self.finished.get(usize::from(sampled)), spans);
    }

    pub(super) fn total(&self) -> SpanCounts {
        SpanCounts {
            begun_traces: read(&self.begun_traces),
            started: read(&self.started),
            finished: read(&self.finished),
            ..SpanCounts::default()
        }
    }
}

fn read(counters: &[AtomicU64; 2]) -> [u64; 2] {
    counters.each_ref().map(|counter| counter.load(Ordering::Relaxed))
}
