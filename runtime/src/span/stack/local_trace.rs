//! The data that the open spans of one trace on one thread share.
//!
//! It belongs to the thread's stack, which no other thread reaches, so it needs no atomics: its counters are plain
//! integers, and an [`Outbox`](super::outbox::Outbox) passes the totals on.

use crate::delivery::batch::Identity;
use crate::model::baggage::Baggage;

/// The data that the open spans of one trace on one thread share.
#[derive(Debug)]
pub(crate) struct LocalTrace {
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) outbox: u32,
    open: u32,
    /// The spans that were started as children.
    started: u32,
    /// The spans that do not finish here: they moved to another local trace, or a handle finishes them.
    left: u32,
    /// Where the identity is in the outbox's batch, if that is still the batch of this serial number.
    pub(crate) batch_serial: u32,
    pub(crate) batch_index: u32,
}

/// The counts of a local trace that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalTraceTotals {
    pub(crate) outbox: u32,
    pub(crate) sampled: bool,
    /// The spans that were started as children.
    pub(crate) started: u32,
    /// The spans that finished here, children or not.
    pub(crate) finished: u32,
}

/// The local traces of a thread.
#[derive(Debug)]
pub(crate) struct LocalTraces {
    all: Vec<LocalTrace>,
    free: Vec<u32>,
}

impl LocalTraces {
    pub(crate) const fn new() -> Self {
        Self {
            all: Vec::new(),
            free: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&LocalTrace> {
        self.all.get(index as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut LocalTrace> {
        self.all.get_mut(index as usize)
    }

    /// Adds a local trace with one open span.
    ///
    /// `stale` is a serial number that the outbox's batch does not have, so that the identity is added to the
    /// batch once it is needed.
    pub(crate) fn insert(&mut self, identity: Identity, baggage: Baggage, outbox: u32, stale: u32) -> u32 {
        let local_trace = LocalTrace {
            identity,
            baggage,
            outbox,
            open: 1,
            started: 0,
            left: 0,
            batch_serial: stale,
            batch_index: 0,
        };
        if let Some(index) = self.free.pop() {
            if let Some(free) = self.all.get_mut(index as usize) {
                *free = local_trace;
                return index;
            }
        }
        self.all.push(local_trace);
        (self.all.len() - 1) as u32
    }

    /// Counts a child that starts.
    #[inline]
    pub(crate) fn start_child(&mut self, index: u32) -> Option<()> {
        let local_trace = self.get_mut(index)?;
        local_trace.open += 1;
        local_trace.started = local_trace.started.wrapping_add(1);
        Some(())
    }

    /// Like [`release`](Self::release), for a span that has not finished.
    pub(crate) fn leave(&mut self, index: u32) -> Option<LocalTraceTotals> {
        let local_trace = self.get_mut(index)?;
        local_trace.left = local_trace.left.wrapping_add(1);
        self.release(index)
    }

    /// Removes an open span, which has finished. With the last one the local trace ends, and its totals are
    /// returned.
    #[inline]
    pub(crate) fn release(&mut self, index: u32) -> Option<LocalTraceTotals> {
        let local_trace = self.all.get_mut(index as usize)?;
        local_trace.open -= 1;
        if local_trace.open > 0 {
            return None;
        }
        local_trace.baggage = Baggage::default();
        self.free.push(index);
        Some(LocalTraceTotals {
            outbox: local_trace.outbox,
            sampled: local_trace.identity.flags.is_sampled(),
            started: local_trace.started,
            finished: local_trace.started.wrapping_add(1).wrapping_sub(local_trace.left),
        })
    }

    pub(crate) fn use_outbox(&self, outbox: usize) -> bool {
        self.all
            .iter()
            .any(|local_trace| local_trace.open > 0 && local_trace.outbox as usize == outbox)
    }
}
