//! The inbox in which one thread leaves its finished spans for the worker.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use super::backlog::Backlog;
use super::batch::Batch;
use super::spares::Spares;
use super::thread_counts::ThreadCounts;
use crate::metrics::stats::{Counters, Loss};
use crate::util::lock::lock;

/// A batch with so many spans, or with much that they say, is passed on as it is; the spans of a smaller one are copied into a larger
/// one.
const WHOLE: usize = 128;
/// No batch gets more by copying, so that its memory does not grow beyond that.
const FULL: usize = 256;

/// What lies ready for the worker.
#[derive(Debug, Default)]
pub(super) struct Cell {
    open: Batch,
    full: Vec<Batch>,
}

impl Cell {
    fn is_empty(&self) -> bool {
        self.open.len() == 0 && self.full.is_empty()
    }

    /// The batch to which so many spans are added, which may say something.
    #[inline(always)]
    fn open(&mut self, spans: usize, they_say: bool, spares: &Spares) -> &mut Batch {
        let is_much = they_say && self.open.entries.are_many();
        if self.open.len() + spans > FULL || is_much {
            self.begin_another(spares);
        }
        &mut self.open
    }

    #[cold]
    fn begin_another(&mut self, spares: &Spares) {
        self.full.push(mem::replace(&mut self.open, spares.take()));
    }
}

/// The inbox of a thread.
///
/// The spans are in cells behind mutexes, which order all access to them.
///
/// There are two cells, and the worker locks at most one of them at a time, for as long as it takes to exchange what is in
/// it. So the thread never waits for it.
#[derive(Debug)]
pub(crate) struct Inbox {
    cells: [Mutex<Cell>; 2],
    spares: Arc<Spares>,
    /// Set by the thread after its last hand-over. `abandon` releases and `is_abandoned` acquires, so a
    /// worker that sees it finds, in the visit that follows, all spans and the final counts.
    abandoned: AtomicBool,
    pub(crate) counts: ThreadCounts,
}

impl Inbox {
    pub(super) fn new(spares: Arc<Spares>) -> Self {
        Self {
            cells: Default::default(),
            spares,
            abandoned: AtomicBool::new(false),
            counts: ThreadCounts::default(),
        }
    }

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
            self.fill(&mut cell, batch, backlog, stats);
        }
    }

    /// As [`accept`](Self::accept), for a batch that cannot be handed over later: it waits for the worker.
    pub(crate) fn accept_last(&self, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
        self.accept(batch, backlog, stats);
        if let (1.., [cell, _]) = (batch.len(), &self.cells) {
            self.fill(&mut lock(cell), batch, backlog, stats);
        }
    }

    /// Takes one span with so many bytes from `add`, if the thread has no others. False if the worker has both cells, or if it does
    /// not fit into the batch.
    #[inline(always)]
    pub(crate) fn accept_one(
        &self,
        bytes: usize,
        fits: impl FnOnce(&Batch) -> bool,
        add: impl FnOnce(&mut Batch),
        (backlog, stats): (&Backlog, &Counters),
    ) -> bool {
        let Some(mut cell) = self.free_cell() else {
            return false;
        };
        let batch = cell.open(1, bytes > Batch::BYTES_OF_ONE, &self.spares);
        if !fits(batch) {
            return false;
        }
        // See `fill`.
        if backlog.is_closed() {
            stats.lose(Loss::AfterClose, 1);
        } else if backlog.admit(&mut batch.reserved, 1, bytes) == 0 {
            stats.lose(Loss::QueueFull, 1);
        } else {
            add(batch);
        }
        true
    }

    fn fill(&self, cell: &mut Cell, batch: &mut Batch, backlog: &Backlog, stats: &Counters) {
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
            return batch.recycle();
        }
        let bytes = batch.bytes();
        let is_whole = spans >= WHOLE
            || batch.entries.are_many()
            || !cell.open(spans, true, &self.spares).can_append(batch);
        let admitted = match is_whole {
            true => backlog.admit_exactly(&mut batch.reserved, spans, bytes),
            false => backlog.admit(&mut cell.open.reserved, spans, bytes),
        };
        if admitted < spans {
            stats.lose(Loss::QueueFull, spans - admitted);
        }
        if !is_whole {
            cell.open.append(batch, admitted);
        } else if admitted == 0 {
            batch.recycle();
        } else if admitted < spans && cell.open(admitted, true, &self.spares).can_append(batch) {
            // A batch has room for many spans, and a queue that is always full would be in ever more of them.
            cell.open.take_first(batch, admitted);
        } else {
            batch.truncate(admitted);
            cell.full.push(mem::replace(batch, self.spares.take()));
        }
    }

    /// Passes each batch to `take`. What is in the inbox is exchanged for a cell that is empty, before and after it.
    pub(super) fn visit(&self, exchange: &mut Cell, mut take: impl FnMut(Batch)) {
        for cell in &self.cells {
            {
                let mut cell = lock(cell);
                if cell.is_empty() {
                    continue;
                }
                mem::swap(&mut *cell, exchange);
            }
            exchange.full.drain(..).for_each(&mut take);
            if exchange.open.len() > 0 {
                take(mem::replace(&mut exchange.open, self.spares.take()));
            }
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
            Inbox::new(Arc::default()),
        )
    }

    fn visit(inbox: &Inbox) -> Vec<Batch> {
        let mut taken = Vec::new();
        inbox.visit(&mut Cell::default(), |batch| taken.push(batch));
        taken
    }

    fn take_back(inbox: &Inbox, backlog: &Backlog, batches: Vec<Batch>) {
        for batch in batches {
            backlog.release_all(&batch.reserved);
            inbox.spares.give_back(batch, usize::MAX);
        }
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
        let taken = visit(&inbox);
        assert_eq!(taken.iter().map(Batch::len).sum::<usize>(), 150);
        take_back(&inbox, &backlog, taken);
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
            let with_worker = visit(&inbox);
            fill(&mut batch);
            inbox.accept(&mut batch, &backlog, &stats);
            room.push(batch.records.capacity());
            take_back(&inbox, &backlog, with_worker);
            take_back(&inbox, &backlog, visit(&inbox));
        }
        assert!(room[2..].iter().all(|&room| room >= 100), "{room:?}");
    }

    #[test]
    fn a_batch_gets_no_more_spans_than_it_has_room_for() {
        let (backlog, stats, inbox) = inbox(10_000);
        let mut batch = Batch::new();
        for _ in 0..20 {
            fill(&mut batch);
            inbox.accept(&mut batch, &backlog, &stats);
        }
        let sizes: Vec<_> = visit(&inbox)
            .iter()
            .map(|batch| (batch.len(), batch.records.capacity()))
            .collect();
        assert_eq!(sizes, [(200, 200); 10]);
    }

    #[test]
    fn a_queue_that_is_always_full_is_not_in_batches_with_few_spans() {
        let (backlog, stats, inbox) = inbox(10_000);
        let mut batch = Batch::new();
        let mut spans = WHOLE;
        let mut most = 0;
        for _ in 0..100 {
            let mut taken = visit(&inbox);
            most = most.max(taken.len());
            // Before the first report there is nothing to give back.
            taken.resize_with(taken.len().max(100), Batch::new);
            for batch_of_worker in taken {
                take_back(&inbox, &backlog, vec![batch_of_worker]);
                for _ in 0..3 {
                    spans = WHOLE + (spans * 7 + 3) % WHOLE;
                    (0..3).for_each(|_| fill(&mut batch));
                    batch.truncate(spans);
                    inbox.accept(&mut batch, &backlog, &stats);
                }
            }
        }
        assert_eq!(backlog.waiting().0, 10_000);
        assert!(most <= 10_000 / WHOLE + 2, "{most} batches");
    }

    #[test]
    fn spans_that_say_much_are_passed_on_as_they_are() {
        let (backlog, stats, inbox) = inbox(1_000);
        let (mut batch, much) = (Batch::new(), "x".repeat(100_000));
        for round in 0..3 {
            fill(&mut batch);
            if round == 1 {
                batch.entries.add_text(&much);
            }
            inbox.accept(&mut batch, &backlog, &stats);
        }
        let sizes: Vec<_> = visit(&inbox).iter().map(Batch::len).collect();
        assert_eq!(sizes, [100, 200]);
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
        let batches: Vec<_> = (0..10).flat_map(|_| visit(&inbox)).collect();
        assert_eq!(batches.len(), 1);
        take_back(&inbox, &backlog, batches);
        // The room of an empty inbox is not exchanged for nothing.
        assert!(inbox.spares.take().capacity() > 0);
        assert_eq!(inbox.spares.take().capacity(), 0);
    }

    #[test]
    fn a_cell_that_is_empty_keeps_the_room_that_the_worker_left_in_it() {
        let (backlog, stats, inbox) = inbox(1_000);
        let (mut batch, mut exchange) = (Batch::new(), Cell::default());
        fill(&mut exchange.open);
        exchange.open.clear();
        fill(&mut batch);
        inbox.accept(&mut batch, &backlog, &stats);
        inbox.visit(&mut exchange, drop);
        let room = || lock(&inbox.cells[0]).open.capacity();
        let left = room();
        assert!(left > 0);
        assert!(visit(&inbox).is_empty());
        assert_eq!(room(), left);
    }
}
