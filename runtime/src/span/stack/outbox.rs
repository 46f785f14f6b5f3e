//! The finished spans of a thread, by tracer, until they are handed over.
//!
//! An outbox belongs to the thread's stack, which no other thread reaches, so it needs no atomics: it counts
//! in plain integers. Everything that leaves the thread goes through its [`Inbox`], whose mutexes and atomics
//! order it.

use std::mem;
use std::sync::Arc;

use super::local_trace::{LocalTrace, LocalTraceTotals, LocalTraces};
use crate::delivery::batch::{Batch, FinishedRecord, Identity};
use crate::delivery::details::Details;
use crate::delivery::inbox::Inbox;
use crate::tracer::activity;
use crate::tracer::core::Tracer;

/// A thread that stays in its outermost scope hands its batch over when it has this many spans.
const BATCH: usize = 256;

/// The finished spans of a thread for one tracer.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) tracer: Tracer,
    inbox: Arc<Inbox>,
    /// The generation of the process that the inbox belongs to.
    generation: usize,
    batch: Batch,
    serial: u32,
    /// Children that started in closed local traces: not recorded, and recorded.
    started: [u64; 2],
    /// Spans that finished in closed local traces and were not recorded.
    finished_unsampled: u64,
}

impl Outbox {
    fn new(tracer: Tracer) -> Self {
        Self {
            generation: activity::generation(),
            inbox: tracer.inner().new_inbox(),
            tracer,
            batch: Batch::new(),
            serial: 0,
            started: [0; 2],
            finished_unsampled: 0,
        }
    }

    /// Adds a span of a local trace.
    #[inline(always)]
    pub(crate) fn add(&mut self, local_trace: &mut LocalTrace, record: FinishedRecord, details: Details) {
        if local_trace.batch_serial != self.serial {
            local_trace.batch_index = self.batch.add_identity(local_trace.identity);
            local_trace.batch_serial = self.serial;
        }
        self.batch.push(record, local_trace.batch_index, details);
        if self.batch.records.len() >= BATCH {
            self.hand_over();
        }
    }

    /// Adds a span that does not belong to a local trace of this thread.
    pub(crate) fn add_alone(&mut self, identity: Identity, record: FinishedRecord, details: Details) {
        let identity = self.batch.add_identity(identity);
        self.batch.push(record, identity, details);
        if self.batch.records.len() >= BATCH {
            self.hand_over();
        }
    }

    /// A serial number that the batch does not have.
    fn stale_serial(&self) -> u32 {
        self.serial.wrapping_sub(1)
    }

    #[inline]
    pub(crate) fn count(&mut self, closed: LocalTraceTotals) {
        let [not_recorded, recorded] = &mut self.started;
        if closed.sampled {
            *recorded += u64::from(closed.started);
        } else {
            *not_recorded += u64::from(closed.started);
            self.finished_unsampled += u64::from(closed.finished);
        }
    }

    fn leave_counts(&mut self) {
        if self.started != [0; 2] {
            self.tracer
                .inner()
                .stats
                .count_started_spans(mem::take(&mut self.started));
        }
        if self.finished_unsampled != 0 {
            self.inbox
                .count_finished_unsampled(mem::take(&mut self.finished_unsampled));
        }
    }

    /// Takes an inbox that the worker visits, after [`after_restore`](crate::after_restore) on another thread.
    #[cold]
    fn renew_inbox(&mut self) {
        self.generation = activity::generation();
        self.inbox = self.tracer.inner().new_inbox();
    }

    fn hand_over(&mut self) {
        if self.generation != activity::generation() {
            self.renew_inbox();
        }
        self.leave_counts();
        if !self.batch.records.is_empty() {
            self.tracer.inner().accept(&self.inbox, &mut self.batch);
            if self.batch.records.is_empty() {
                self.serial = self.serial.wrapping_add(1);
            }
        }
    }
}

/// The outboxes of a thread: one for each tracer.
#[derive(Debug)]
pub(crate) struct Outboxes(Vec<Outbox>);

impl Outboxes {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Outbox> {
        self.0.get(index as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut Outbox> {
        self.0.get_mut(index as usize)
    }

    pub(crate) fn stale_serial(&self, index: u32) -> u32 {
        self.get(index).map_or(u32::MAX, Outbox::stale_serial)
    }

    /// The index of a tracer's outbox. A new one replaces an unused outbox of a closed tracer, if there is
    /// one.
    pub(crate) fn of(&mut self, tracer: &Tracer, local_traces: &LocalTraces) -> u32 {
        if let Some(index) = self.0.iter().position(|outbox| outbox.tracer.is_same(tracer)) {
            return index as u32;
        }
        let outbox = Outbox::new(tracer.clone());
        let unused =
            self.0.iter().enumerate().position(|(index, outbox)| {
                outbox.tracer.inner().is_closed() && !local_traces.use_outbox(index)
            });
        match unused.and_then(|index| Some((index, self.0.get_mut(index)?))) {
            Some((index, place)) => {
                place.leave_counts();
                let old = mem::replace(place, outbox);
                old.inbox.abandon();
                tracer.inner().take_away(old.tracer);
                index as u32
            }
            None => {
                self.0.push(outbox);
                (self.0.len() - 1) as u32
            }
        }
    }

    /// Hands the finished spans of this thread over to the workers.
    pub(crate) fn hand_over(&mut self) {
        self.0.iter_mut().for_each(Outbox::hand_over);
    }

    /// Hands everything over to the workers, for the last time.
    pub(crate) fn hand_over_last(&mut self) {
        for outbox in &mut self.0 {
            if outbox.generation != activity::generation() {
                outbox.renew_inbox();
            }
            outbox.leave_counts();
            outbox
                .tracer
                .inner()
                .accept_last(&outbox.inbox, &mut outbox.batch);
            outbox.inbox.abandon();
        }
    }
}
