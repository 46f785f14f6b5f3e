//! The inbox in which one thread leaves its finished spans for the worker.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use super::backlog::Backlog;
use super::batch::{Batch, Identity, SpanStart};
use super::entries::Chain;
use super::thread_counts::ThreadCounts;
use crate::metrics::stats::{Counters, Loss};
use crate::model::decision_tags::DecisionTags;
use crate::util::lock::lock;
use crate::util::tick::Tick;

/// A batch with so many spans is passed on as it is; the spans of a smaller one are copied into a larger one.
const WHOLE: usize = 128;
/// No spans are added to a batch with so many.
const FULL: usize = 256;
/// The most empty batches that an inbox keeps.
const SPARES: usize = 8;

/// What lies ready for the worker.
#[derive(Debug, Default)]
struct Cell {
    open: Batch,
    full: Vec<Batch>,
    /// Empty batches, for the thread.
    empty: Vec<Batch>,
}

impl Cell {
    fn is_empty(&self) -> bool {
        self.open.len() == 0 && self.full.is_empty()
    }

    /// The batch to which spans are added.
    #[inline]
    fn open(&mut self) -> &mut Batch {
        if self.open.len() >= FULL {
            let empty = self.empty.pop().unwrap_or_default();
            self.full.push(mem::replace(&mut self.open, empty));
        }
        &mut self.open
    }
}

/// The inbox of a thread.
///
/// The spans are in cells behind mutexes, which order all access to them.
///
/// There are two cells, and the worker locks at most one of them at a time, for as long as it takes to exchange what is in
/// it. So the thread never waits for it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    cells: [Mutex<Cell>; 2],
    /// Without spans, used only by the worker.
    spare: Mutex<Cell>,
    /// Set by the thread after its last hand-over. `abandon` releases and `is_abandoned` acquires, so a
    /// worker that sees it finds, in the visit that follows, all spans and the final counts.
    abandoned: AtomicBool,
    pub(crate) counts: ThreadCounts,
}

impl Inbox {
    /// A cell that the worker does not have.
    #[inline]
    fn free_cell(&self) -> Option<MutexGuard<'_, Cell>> {
        let [first, _] = &self.cells;
        first.try_lock().ok().or_else(|| self.other_free_cell())
    }

    #[cold]
    fn other_free_cell(&self) -> Option<MutexGuard<'_, Cell>> {
        let [first, second] = &self.cells;
        [second, first]
            .into_iter()
            .find_map(|cell| match cell.try_lock() {
                Ok(cell) => Some(cell),
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            })
    }

    /// Takes the spans of `batch`. If too many wait already or the tracer is closed, they are dropped and
    /// counted. In the rare case that both cells are locked, `batch` is left unchanged.
    pub(crate) fn accept(&self, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        if let Some(mut cell) = self.free_cell() {
            Self::fill(&mut cell, batch, backlog, stats);
        }
    }

    /// As [`accept`](Self::accept), for a batch that cannot be handed over later: it waits for the worker.
    pub(crate) fn accept_last(&self, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        self.accept(batch, backlog, stats);
        if let (1.., [cell, _]) = (batch.len(), &self.cells) {
            Self::fill(&mut lock(cell), batch, backlog, stats);
        }
    }

    /// Takes a span that is alone in its trace and says nothing. False if the worker has both cells.
    #[inline]
    pub(crate) fn accept_alone(
        &self,
        (span, end): (SpanStart, Tick),
        identity: Identity,
        decision: &DecisionTags,
        (backlog, stats): (&Backlog, &Counters),
    ) -> bool {
        let Some(mut cell) = self.free_cell() else {
            return false;
        };
        let batch = cell.open();
        // See `fill`.
        if backlog.is_closed() {
            stats.lose(Loss::AfterClose, 1);
        } else if backlog.admit(&mut batch.reserved, 1, Batch::BYTES_OF_ONE) == 0 {
            stats.lose(Loss::QueueFull, 1);
        } else {
            let identity = batch.add_identity(identity);
            batch.push(span, end, identity, Chain::EMPTY);
            batch.explain(decision);
        }
        true
    }

    fn fill(cell: &mut Cell, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        // Read under the lock of the cell. The worker saw the tracer closed before its last visit, so a
        // thread that gets the lock after that visit sees it too, and leaves nothing that would never be
        // fetched.
        let spans = batch.len();
        if spans == 0 {
            // What open spans have said is nothing that the worker would fetch, or give back.
            return;
        }
        if backlog.is_closed() {
            stats.lose(Loss::AfterClose, spans);
            return batch.clear();
        }
        let bytes = batch.bytes();
        let is_whole = spans >= WHOLE || !cell.open().can_append(batch);
        let admitted = match is_whole {
            true => backlog.admit_exactly(&mut batch.reserved, spans, bytes),
            false => backlog.admit(&mut cell.open.reserved, spans, bytes),
        };
        if admitted < spans {
            stats.lose(Loss::QueueFull, spans - admitted);
        }
        if is_whole && admitted > 0 {
            batch.truncate(admitted);
            let empty = cell.empty.pop().unwrap_or_default();
            cell.full.push(mem::replace(batch, empty));
        } else if is_whole {
            batch.clear();
        } else {
            cell.open.append(batch, admitted);
        }
    }

    /// Passes each batch to `take`.
    pub(crate) fn visit(&self, mut take: impl FnMut(Batch)) {
        let mut spare = lock(&self.spare);
        let spare = &mut *spare;
        for cell in &self.cells {
            {
                let mut cell = lock(cell);
                if cell.is_empty() {
                    continue;
                }
                mem::swap(&mut *cell, spare);
            }
            spare.full.drain(..).for_each(&mut take);
            if spare.open.len() > 0 {
                let empty = spare.empty.pop().unwrap_or_default();
                take(mem::replace(&mut spare.open, empty));
            }
            // Half of what the thread did not need.
            let needless = spare.empty.len() / 2;
            spare.empty.truncate(spare.empty.len() - needless);
        }
    }

    /// Takes a batch back whose spans were reported: its thread will need as much room again.
    pub(crate) fn take_back(&self, mut batch: Batch) {
        batch.recycle();
        let mut spare = lock(&self.spare);
        if spare.empty.len() < SPARES {
            spare.empty.push(batch);
        }
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
    use crate::delivery::batch::tests::{fill, identity};

    fn inbox(max_spans: usize) -> (Backlog, Counters, Inbox) {
        (
            Backlog::new(max_spans, 1 << 20, usize::MAX),
            Counters::default(),
            Inbox::default(),
        )
    }

    #[test]
    fn spans_beyond_the_queue_and_after_the_end_are_counted_as_lost() {
        let (backlog, stats, inbox) = inbox(150);
        let lost = || {
            let lost = [&stats.queue_full_spans, &stats.after_close_spans];
            lost.map(|counter| counter.load(Ordering::Relaxed))
        };
        let mut batch = Batch::new();
        for expected in [0, 50] {
            fill(&mut batch);
            inbox.accept(&mut batch, &backlog, &stats);
            assert_eq!((lost(), batch.len()), ([expected, 0], 0));
        }
        let mut taken = Vec::new();
        inbox.visit(|batch| taken.push(batch));
        assert_eq!(taken.iter().map(Batch::len).sum::<usize>(), 150);
        for batch in taken {
            backlog.release_all(&batch.reserved);
            inbox.take_back(batch);
        }
        assert_eq!(backlog.waiting(), (0, 0));
        fill(&mut batch);
        inbox.accept(&mut batch, &backlog, &stats);
        assert_eq!(lost(), [50, 0]);
        backlog.close();
        fill(&mut batch);
        inbox.accept(&mut batch, &backlog, &stats);
        assert_eq!((lost(), batch.len()), ([50, 100], 0));
    }

    #[test]
    fn a_thread_gets_a_batch_with_room_also_while_the_worker_has_the_last_one() {
        let (backlog, stats, inbox) = inbox(1_000);
        let mut batch = Batch::new();
        let mut room = Vec::new();
        for _ in 0..5 {
            fill(&mut batch);
            inbox.accept(&mut batch, &backlog, &stats);
            let mut taken = Vec::new();
            inbox.visit(|with_worker| {
                if taken.is_empty() {
                    fill(&mut batch);
                    inbox.accept(&mut batch, &backlog, &stats);
                    room.push(batch.records.capacity());
                }
                taken.push(with_worker);
            });
            for batch in taken {
                backlog.release_all(&batch.reserved);
                inbox.take_back(batch);
            }
        }
        assert!(room[2..].iter().all(|&room| room >= 100), "{room:?}");
    }

    #[test]
    fn a_batch_without_spans_reserves_nothing() {
        let (backlog, stats, inbox) = inbox(1_000);
        let mut batch = Batch::new();
        batch.add_identity(identity());
        inbox.accept(&mut batch, &backlog, &stats);
        inbox.accept_last(&mut batch, &backlog, &stats);
        assert_eq!(backlog.waiting(), (0, 0));
    }

    #[test]
    fn what_waits_is_passed_on_once_and_an_empty_inbox_keeps_its_room() {
        let (backlog, stats, inbox) = inbox(1_000);
        let mut batch = Batch::new();
        fill(&mut batch);
        inbox.accept(&mut batch, &backlog, &stats);
        let mut taken = Vec::new();
        for _ in 0..10 {
            inbox.visit(|batch| taken.push(batch));
        }
        assert_eq!(taken.len(), 1);
        taken.into_iter().for_each(|batch| inbox.take_back(batch));
        assert_eq!(lock(&inbox.spare).empty.len(), 1);
    }
}
