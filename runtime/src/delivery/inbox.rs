//! Where a thread leaves its finished spans for the worker.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, TryLockError};

use super::backlog::Backlog;
use super::batch::Batch;
use crate::metrics::stats::{Counters, Loss};
use crate::util::lock::lock;

/// Where a thread leaves its batches for the worker.
///
/// There are two cells, and the worker holds at most one of them at a time, so that the thread never has to
/// wait for it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    cells: [Mutex<Batch>; 2],
    /// Only the worker's.
    spare: Mutex<Batch>,
    abandoned: AtomicBool,
    /// Spans that finished and were not recorded. Only the thread's.
    finished_unsampled: AtomicU64,
}

impl Inbox {
    /// Takes the spans of `batch`, unless there are too many already or the tracer is closed: then they are
    /// counted. Leaves `batch` as it is in the rare case that the worker was in the way.
    pub(crate) fn accept(&self, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        for cell in self.cells.iter().chain(&self.cells) {
            let mut cell = match cell.try_lock() {
                Ok(cell) => cell,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            Self::fill(&mut cell, batch, backlog, stats);
            return;
        }
    }

    /// As [`accept`](Self::accept), for a batch that cannot be kept for another time.
    pub(crate) fn accept_last(&self, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        self.accept(batch, backlog, stats);
        if let (false, [cell, _]) = (batch.records.is_empty(), &self.cells) {
            Self::fill(&mut lock(cell), batch, backlog, stats);
        }
    }

    fn fill(cell: &mut Batch, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        stats.count_finished_spans(batch.records.len());
        // Read under the lock: the worker's last visit comes after the tracer was closed.
        if backlog.is_closed() {
            stats.lose(Loss::AfterClose, batch.records.len());
            batch.clear();
            return;
        }
        let bytes = batch.bytes();
        let room = backlog.reserve(batch.records.len(), bytes);
        if room < batch.records.len() {
            stats.lose(Loss::QueueFull, batch.records.len() - room);
            batch.truncate(room);
            backlog.release(0, bytes - batch.bytes());
        }
        if cell.records.is_empty() {
            mem::swap(cell, batch);
            batch.clear();
        } else {
            cell.append(batch);
        }
    }

    /// Hands each batch to `take`, which empties it.
    ///
    /// What lies in a cell is replaced by what was emptied last time and not by a new batch, or the thread would
    /// have to let that one grow.
    pub(crate) fn visit(&self, mut take: impl FnMut(&mut Batch)) {
        let mut spare = lock(&self.spare);
        for cell in &self.cells {
            {
                let mut cell = lock(cell);
                if cell.records.is_empty() {
                    continue;
                }
                mem::swap(&mut *cell, &mut *spare);
            }
            take(&mut spare);
            spare.clear();
        }
    }

    /// Counts for the thread that it belongs to, and no other: so it costs no more than a store.
    #[inline]
    pub(crate) fn count_finished_unsampled(&self, spans: u64) {
        let counted = self.finished_unsampled.load(Ordering::Relaxed);
        self.finished_unsampled
            .store(counted.wrapping_add(spans), Ordering::Relaxed);
    }

    pub(crate) fn finished_unsampled(&self) -> u64 {
        self.finished_unsampled.load(Ordering::Relaxed)
    }

    /// Says that no more will come, because the thread is over.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::batch::tests::fill;

    #[test]
    fn the_number_of_finished_spans_never_goes_back_on_their_way_to_the_reporter() {
        let (backlog, stats, inbox) = (
            Backlog::new(150, 1 << 20, usize::MAX),
            Counters::default(),
            Inbox::default(),
        );
        let finished = || stats.snapshot(backlog.waiting()).finished_sampled_spans;
        let mut batch = Batch::new();
        for expected in [100, 200] {
            fill(&mut batch);
            inbox.accept(&mut batch, &backlog, &stats);
            assert_eq!(finished(), expected);
        }
        inbox.visit(|batch| {
            let (records, bytes) = (batch.records.len(), batch.bytes());
            stats.reported_spans.fetch_add(records as u64, Ordering::Relaxed);
            assert_eq!(finished(), 200);
            backlog.release(records, bytes);
            assert_eq!(finished(), 200);
            batch.clear();
        });
        backlog.close();
        fill(&mut batch);
        inbox.accept(&mut batch, &backlog, &stats);
        let stats = stats.snapshot(backlog.waiting());
        assert_eq!(
            (
                stats.finished_sampled_spans,
                stats.reported_spans,
                stats.lost_spans()
            ),
            (300, 150, 150)
        );
    }

    #[test]
    fn a_thread_gets_a_batch_with_room_also_while_the_worker_has_the_last_one() {
        let (backlog, stats, inbox) = (
            Backlog::new(1_000, 1 << 20, usize::MAX),
            Counters::default(),
            Inbox::default(),
        );
        let mut batch = Batch::new();
        let mut room = Vec::new();
        for _ in 0..5 {
            fill(&mut batch);
            inbox.accept(&mut batch, &backlog, &stats);
            let mut with_worker = true;
            inbox.visit(|_| {
                if mem::take(&mut with_worker) {
                    fill(&mut batch);
                    inbox.accept(&mut batch, &backlog, &stats);
                    room.push(batch.records.capacity());
                }
            });
        }
        assert!(room[2..].iter().all(|&room| room >= 100), "{room:?}");
    }
}
