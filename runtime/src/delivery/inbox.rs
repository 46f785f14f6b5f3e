//! The inbox in which one thread leaves its finished spans for the worker.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, TryLockError};

use super::backlog::Backlog;
use super::batch::Batch;
use crate::metrics::stats::{Counters, Loss};
use crate::util::lock::lock;

/// The inbox of a thread.
///
/// The spans are in cells behind mutexes, which order all access to them.
///
/// There are two cells, and the worker locks at most one of them at a time, so the thread never waits for it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    cells: [Mutex<Batch>; 2],
    /// Used only by the worker.
    spare: Mutex<Batch>,
    /// Set by the thread after its last hand-over. `abandon` releases and `is_abandoned` acquires, so a
    /// worker that sees it finds, in the visit that follows, all spans and the final `finished_unsampled`.
    abandoned: AtomicBool,
    /// Spans that finished and were not recorded. Only the owning thread writes it, so a load and a store
    /// cannot lose a count. Readers need only some recent value, for which `Relaxed` is enough; the last
    /// value is ordered by `abandoned`.
    finished_unsampled: AtomicU64,
}

impl Inbox {
    /// Takes the spans of `batch`. If too many wait already or the tracer is closed, they are dropped and
    /// counted. In the rare case that both cells are locked, `batch` is left unchanged.
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

    /// As [`accept`](Self::accept), for a batch that cannot be handed over later: it waits for the worker.
    pub(crate) fn accept_last(&self, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        self.accept(batch, backlog, stats);
        if let (false, [cell, _]) = (batch.records.is_empty(), &self.cells) {
            Self::fill(&mut lock(cell), batch, backlog, stats);
        }
    }

    fn fill(cell: &mut Batch, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        stats.count_finished_spans(batch.records.len());
        // Read under the lock of the cell. The worker saw the tracer closed before its last visit, so a
        // thread that gets the lock after that visit sees it too, and leaves nothing that would never be
        // fetched.
        if backlog.is_closed() {
            stats.lose(Loss::AfterClose, batch.records.len());
            batch.clear();
            return;
        }
        batch.discharge();
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

    /// Passes each batch to `take`, which empties it.
    ///
    /// A full batch is swapped with the batch that was emptied last, not with a new one, which the thread
    /// would have to grow again.
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

    /// Adds to the count. Only the owning thread may call it, which makes a plain load and store enough.
    #[inline]
    pub(crate) fn count_finished_unsampled(&self, spans: u64) {
        let counted = self.finished_unsampled.load(Ordering::Relaxed);
        self.finished_unsampled
            .store(counted.wrapping_add(spans), Ordering::Relaxed);
    }

    pub(crate) fn finished_unsampled(&self) -> u64 {
        self.finished_unsampled.load(Ordering::Relaxed)
    }

    /// Marks the inbox as final, because the thread has ended or no longer uses it.
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
