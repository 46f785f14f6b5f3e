//! The data that the open spans of one trace on one thread share.
//!
//! It belongs to the thread's stack, which no other thread reaches, so it needs no atomics: its counters are plain
//! integers, and an [`Outbox`](super::outbox::Outbox) passes the totals on.

use std::mem;

use crate::delivery::identity::Identity;
use crate::model::baggage::Baggage;
use crate::model::decision_tags::DecisionTags;

/// The data that the open spans of one trace on one thread share.
#[derive(Debug)]
pub(crate) struct LocalTrace {
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    /// The tags of the sampler for the span without a parent.
    pub(crate) decision: DecisionTags,
    pub(crate) outbox: u32,
    open: u32,
    /// The spans that were started as children. It is not of the type of `open`: then the compiler would count both up at once, and
    /// that waits for `open`, which was just written alone when the child before ended.
    started: u64,
    /// The spans that do not finish here: they moved to another local trace, or a handle finishes them.
    left: u64,
    /// Where the identity is in the outbox's batch, if that is still the batch of this serial number.
    pub(crate) batch_serial: u32,
    pub(crate) batch_index: u32,
    /// No other local trace of the process has this number.
    number: u64,
    /// Whether children read the clock at their start.
    is_timed: bool,
    /// Whether it is in the list of free places.
    is_listed: bool,
}

impl LocalTrace {
    const ENDED: Self = Self {
        identity: Identity::NONE,
        baggage: Baggage::NONE,
        decision: DecisionTags::None,
        outbox: 0,
        open: 0,
        started: 0,
        left: 0,
        batch_serial: 0,
        batch_index: 0,
        number: 0,
        is_timed: false,
        is_listed: false,
    };

    /// Begins another one in the place of one that has ended.
    #[inline(always)]
    fn begin(&mut self, new: NewLocalTrace) {
        self.identity.begin(new.identity);
        self.baggage = new.baggage;
        self.decision = new.decision;
        self.outbox = new.outbox;
        self.open = 1;
        self.started = 0;
        self.left = 0;
        self.batch_serial = new.stale_serial;
        self.batch_index = 0;
        self.number = new.number;
        self.is_timed = new.is_timed;
    }

    /// Whether one span is open.
    #[inline]
    pub(crate) fn is_last(&self) -> bool {
        self.open <= 1
    }

    /// Whether children read the clock at their start.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.is_timed
    }

    /// Whether no child has started here since the last count.
    #[inline]
    pub(crate) fn has_no_children(&self) -> bool {
        self.started == 0
    }

    /// Counts a child that starts.
    #[inline]
    pub(crate) fn start_child(&mut self) {
        self.open += 1;
        self.started = self.started.wrapping_add(1);
    }

    /// Takes the start of one child out of the counts, if there is one, because it is counted elsewhere.
    #[inline]
    pub(crate) fn take_start(&mut self) -> bool {
        let has_one = self.started > 0;
        if has_one {
            self.started -= 1;
            self.left = self.left.wrapping_sub(1);
        }
        has_one
    }

    /// Removes an open span that is not the last one.
    #[inline]
    pub(crate) fn close_one(&mut self) {
        self.open -= 1;
    }
}

/// Where a local trace was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    index: u32,
    number: u64,
}

/// What a local trace begins with.
#[derive(Debug)]
pub(crate) struct NewLocalTrace {
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) decision: DecisionTags,
    pub(crate) outbox: u32,
    /// A serial number that the outbox's batch does not have, so that the identity is added to the batch once it is needed.
    pub(crate) stale_serial: u32,
    pub(crate) number: u64,
    pub(crate) is_timed: bool,
}

/// The counts of a local trace that has ended, or is about to go on with new ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalTraceTotals {
    pub(crate) outbox: u32,
    pub(crate) sampled: bool,
    /// The spans that were started as children.
    pub(crate) started: u64,
    /// The spans that finished here, children or not.
    pub(crate) finished: u64,
}

/// The local traces of a thread.
#[derive(Debug)]
pub(crate) struct LocalTraces {
    all: Vec<LocalTrace>,
    /// Places that can be used again, unless a span has rejoined the local trace there.
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
    #[inline(always)]
    pub(crate) fn insert(&mut self, new: NewLocalTrace) -> u32 {
        let index = self.free_place();
        if let Some(place) = self.get_mut(index) {
            place.begin(new);
        }
        index
    }

    /// A place for another local trace.
    #[inline(always)]
    fn free_place(&mut self) -> u32 {
        while let Some(index) = self.free.pop() {
            if let Some(place) = self.get_mut(index) {
                place.is_listed = false;
                if place.open == 0 {
                    return index;
                }
            }
        }
        self.add_place()
    }

    #[cold]
    fn add_place(&mut self) -> u32 {
        self.all.push(LocalTrace::ENDED);
        (self.all.len() - 1) as u32
    }

    pub(crate) fn place_of(&self, index: u32) -> Place {
        self.get(index).map_or(Place::default(), |local_trace| Place {
            index,
            number: local_trace.number,
        })
    }

    /// Adds a span that was in this local trace before, unless another one is in its place. Returns its index.
    pub(crate) fn rejoin(&mut self, place: Place) -> Option<u32> {
        let local_trace = self.get_mut(place.index)?;
        if local_trace.number != place.number || place.number == 0 {
            return None;
        }
        if local_trace.open == 0 {
            local_trace.started = 0;
            local_trace.left = 0;
        } else {
            // It left, and comes back.
            local_trace.left = local_trace.left.wrapping_sub(1);
        }
        local_trace.open += 1;
        Some(place.index)
    }

    /// Counts a child that starts. Returns whether it reads the clock.
    #[inline]
    pub(crate) fn start_child(&mut self, index: u32) -> Option<bool> {
        let local_trace = self.get_mut(index)?;
        local_trace.start_child();
        Some(local_trace.is_timed)
    }

    /// Like [`release`](Self::release), for a span that has not finished and may come back.
    pub(crate) fn leave(&mut self, index: u32) -> Option<LocalTraceTotals> {
        let local_trace = self.get_mut(index)?;
        local_trace.left = local_trace.left.wrapping_add(1);
        local_trace.open -= 1;
        (local_trace.open == 0).then(|| self.end(index)).flatten()
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
        local_trace.number = 0;
        local_trace.baggage = Baggage::default();
        local_trace.decision = DecisionTags::None;
        self.end(index)
    }

    /// Takes the counts of a local trace that goes on.
    pub(crate) fn take_counts(&mut self, index: u32) -> Option<LocalTraceTotals> {
        let local_trace = self.get_mut(index)?;
        let started = mem::take(&mut local_trace.started);
        let finished = started
            .wrapping_add(1)
            .wrapping_sub(local_trace.left)
            .wrapping_sub(u64::from(local_trace.open));
        // So that these spans are not counted again at the end.
        local_trace.left = local_trace.left.wrapping_add(finished).wrapping_sub(started);
        Some(LocalTraceTotals {
            outbox: local_trace.outbox,
            sampled: local_trace.identity.flags.is_recorded(),
            started,
            finished,
        })
    }

    fn end(&mut self, index: u32) -> Option<LocalTraceTotals> {
        let local_trace = self.all.get_mut(index as usize)?;
        if !mem::replace(&mut local_trace.is_listed, true) {
            self.free.push(index);
        }
        Some(LocalTraceTotals {
            outbox: local_trace.outbox,
            sampled: local_trace.identity.flags.is_recorded(),
            started: local_trace.started,
            finished: local_trace.started.wrapping_add(1).wrapping_sub(local_trace.left),
        })
    }

    pub(crate) fn use_outbox(&self, outbox: usize) -> bool {
        self.all
            .iter()
            .any(|local_trace| local_trace.open > 0 && local_trace.outbox as usize == outbox)
    }

    /// Makes sure that no span rejoins a local trace of this outbox, which is replaced.
    pub(crate) fn forget_outbox(&mut self, outbox: usize) {
        let all = self.all.iter_mut();
        for local_trace in all.filter(|local_trace| local_trace.outbox as usize == outbox) {
            local_trace.number = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::batch::tests::identity;

    fn insert(local_traces: &mut LocalTraces, number: u64) -> u32 {
        local_traces.insert(NewLocalTrace {
            identity: identity(),
            baggage: Baggage::default(),
            decision: DecisionTags::None,
            outbox: 3,
            stale_serial: 0,
            number,
            is_timed: true,
        })
    }

    #[test]
    fn a_span_rejoins_its_local_trace_unless_another_is_in_its_place_or_it_has_ended() {
        let mut local_traces = LocalTraces::new();
        let index = insert(&mut local_traces, 7);
        let place = local_traces.place_of(index);
        for _ in 0..2 {
            assert!(local_traces.leave(index).is_some());
            assert_eq!(local_traces.rejoin(place), Some(index));
        }
        local_traces.leave(index);
        assert_eq!(insert(&mut local_traces, 8), index);
        assert_eq!(local_traces.rejoin(place), None);
        local_traces.release(index);
        assert_eq!(local_traces.rejoin(local_traces.place_of(index)), None);
        assert_eq!(local_traces.rejoin(Place::default()), None);
    }

    #[test]
    fn the_place_of_a_local_trace_is_free_once_its_last_span_is_gone() {
        let mut local_traces = LocalTraces::new();
        let first = insert(&mut local_traces, 1);
        local_traces.start_child(first);
        assert!(local_traces.release(first).is_none());
        let second = insert(&mut local_traces, 2);
        assert_ne!(first, second);
        let place = local_traces.place_of(first);
        local_traces.leave(first);
        local_traces.rejoin(place);
        assert_ne!(insert(&mut local_traces, 3), first);
        assert!(local_traces.release(first).is_some() && !local_traces.use_outbox(2));
        assert_eq!(insert(&mut local_traces, 4), first);
        assert!(local_traces.use_outbox(3));
    }

    #[test]
    fn each_span_counts_once_where_it_starts_and_where_it_finishes() {
        let mut local_traces = LocalTraces::new();
        let index = insert(&mut local_traces, 1);
        for _ in 0..3 {
            assert_eq!(local_traces.start_child(index), Some(true));
        }
        assert!(local_traces.release(index).is_none());
        let counts = local_traces.take_counts(index).unwrap();
        assert_eq!((counts.outbox, counts.sampled), (3, true));
        assert_eq!((counts.started, counts.finished), (3, 1));
        assert!(local_traces.leave(index).is_none());
        assert!(local_traces.release(index).is_none());
        let counts = local_traces.release(index).unwrap();
        assert_eq!((counts.outbox, counts.sampled), (3, true));
        assert_eq!((counts.started, counts.finished), (0, 2));
    }
}
