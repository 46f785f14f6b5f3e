//! What the open spans of one trace on one thread share.

use crate::delivery::batch::Identity;
use crate::model::baggage::Baggage;

/// What the open spans of one trace on one thread share.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) lane: u32,
    open: u32,
    /// The spans that were started as children.
    started: u32,
    /// The spans that did not finish here: they went on in another segment, or a handle finishes them.
    left: u32,
    /// Where the identity is in the lane's batch, if that is still the batch of this serial number.
    pub(crate) batch_serial: u32,
    pub(crate) batch_index: u32,
}

/// What is left of a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) lane: u32,
    pub(crate) sampled: bool,
    /// The spans that were started as children.
    pub(crate) started: u32,
    /// The spans that finished here, children or not.
    pub(crate) finished: u32,
}

/// The segments of a thread.
#[derive(Debug)]
pub(crate) struct Segments {
    all: Vec<Segment>,
    free: Vec<u32>,
}

impl Segments {
    pub(crate) const fn new() -> Self {
        Self {
            all: Vec::new(),
            free: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Segment> {
        self.all.get(index as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut Segment> {
        self.all.get_mut(index as usize)
    }

    /// Adds a segment with one open span.
    ///
    /// `stale` is a serial number that the lane's batch does not have, so that the identity is added to the
    /// batch once it is needed.
    pub(crate) fn insert(&mut self, identity: Identity, baggage: Baggage, lane: u32, stale: u32) -> u32 {
        let segment = Segment {
            identity,
            baggage,
            lane,
            open: 1,
            started: 0,
            left: 0,
            batch_serial: stale,
            batch_index: 0,
        };
        if let Some(index) = self.free.pop() {
            if let Some(free) = self.all.get_mut(index as usize) {
                *free = segment;
                return index;
            }
        }
        self.all.push(segment);
        (self.all.len() - 1) as u32
    }

    /// Counts a child that starts.
    #[inline]
    pub(crate) fn start_child(&mut self, index: u32) -> Option<()> {
        let segment = self.get_mut(index)?;
        segment.open += 1;
        segment.started = segment.started.wrapping_add(1);
        Some(())
    }

    /// As [`release`](Self::release), for a span that has not finished.
    pub(crate) fn leave(&mut self, index: u32) -> Option<Closed> {
        let segment = self.get_mut(index)?;
        segment.left = segment.left.wrapping_add(1);
        self.release(index)
    }

    /// Counts one open span less, which has finished. With the last one the segment is gone, of which this is the account.
    #[inline]
    pub(crate) fn release(&mut self, index: u32) -> Option<Closed> {
        let segment = self.all.get_mut(index as usize)?;
        segment.open -= 1;
        if segment.open > 0 {
            return None;
        }
        segment.baggage = Baggage::default();
        self.free.push(index);
        Some(Closed {
            lane: segment.lane,
            sampled: segment.identity.flags.is_sampled(),
            started: segment.started,
            finished: segment.started.wrapping_add(1).wrapping_sub(segment.left),
        })
    }

    pub(crate) fn use_lane(&self, lane: usize) -> bool {
        self.all
            .iter()
            .any(|segment| segment.open > 0 && segment.lane as usize == lane)
    }
}
