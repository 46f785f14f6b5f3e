//! What the open spans of a stack say about themselves.

use std::sync::Arc;

use super::outbox::Outbox;
use super::shared_span::{SharedSpan, State};
use super::slot::{Extra, Slot};
use super::span_stack::{SpanStack, with};
use crate::delivery::bounds::{Bounds, Room};
use crate::delivery::chain::Chain;
use crate::delivery::details::Details;
use crate::delivery::entries::{Entries, PlainValue};
use crate::delivery::entry::Key;
use crate::metrics::requests::Request;
use crate::model::value::{Field, Value};
use crate::util::tick::Tick;

/// The most details that a thread keeps for spans that need their own.
const POOL: usize = 64;
/// Details with more memory than this are not kept, in bytes.
const LARGEST: usize = 512 * 1024;

/// What was said about an open span.
#[derive(Debug)]
pub(crate) enum Said {
    /// It was written down.
    Here,
    /// The shared record has to be told.
    Elsewhere(Arc<SharedSpan>),
    /// There is no such span.
    Nowhere,
}

/// Details for a span that is not on a stack yet.
pub(crate) fn new_details() -> Box<Details> {
    with(|local| local.details_pool.pop())
        .flatten()
        .unwrap_or_default()
}

impl State {
    /// The details, which it gets now if it has none.
    pub(super) fn details(&mut self) -> &mut Details {
        self.details.get_or_insert_with(new_details)
    }
}

/// An open span and where its tags and logs go.
struct Place<'a> {
    slot: &'a mut Slot,
    outbox: &'a mut Outbox,
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    pool: &'a mut Vec<Box<Details>>,
}

impl<'a> Place<'a> {
    fn room(sampled: bool, outbox: &Outbox) -> Room<'_> {
        let bounds = &outbox.tracer.inner().bounds;
        match sampled {
            true => bounds.recorded(),
            false => bounds.unrecorded(),
        }
    }

    /// The details of its own, which it gets now, with the room for them.
    fn details(self) -> Option<(&'a mut Details, Room<'a>)> {
        let Self { slot, outbox, pool } = self;
        let outbox: &'a Outbox = outbox;
        if let Extra::None = slot.extra {
            slot.extra = Extra::Own(detailed(slot, outbox, pool));
            slot.chain = Chain::EMPTY;
        }
        match &mut slot.extra {
            Extra::Own(details) => Some((details, Self::room(slot.sampled, outbox))),
            Extra::None | Extra::Shared(_) => None,
        }
    }

    /// Says something in the buffers of the thread. Returns whether that was possible.
    fn says_here(&mut self, say: impl FnOnce(&mut Entries, &mut Chain, &Bounds) -> bool) -> bool {
        let bounds = &self.outbox.tracer.inner().bounds;
        let entries = &mut self.outbox.batch.entries;
        self.slot.is_plain() && say(entries, &mut self.slot.chain, bounds)
    }

    fn set_tag(mut self, key: Key<'_>, value: &Value<'_>) {
        if !self.says_here(|entries, chain, bounds| entries.add_tag(chain, key, value, bounds)) {
            if let Some((details, room)) = self.details() {
                details.set_tag(key, value, room);
            }
        }
    }

    /// Sets a short tag that must not be missing.
    fn set_own_tag(mut self, key: &'static str, value: &Value<'_>) {
        let own = Key::Static(key);
        if !self.says_here(|entries, chain, bounds| entries.add_tag(chain, own, value, bounds)) {
            if let Some((details, _)) = self.details() {
                details.set_own_tag(key, value);
            }
        }
    }

    fn log(mut self, fields: &[Option<Field<'_>>]) {
        let now = |entries: &mut Entries, chain: &mut Chain, bounds: &Bounds| {
            entries.add_record(chain, Tick::now(), fields, bounds)
        };
        if !self.says_here(now) {
            if let Some((details, room)) = self.details() {
                details.log(fields, room);
            }
        }
    }
}

/// Details that say what a slot has said in the buffers of the thread.
#[expect(clippy::vec_box, reason = "the boxes are what is kept")]
fn detailed(slot: &Slot, outbox: &Outbox, pool: &mut Vec<Box<Details>>) -> Box<Details> {
    let mut details = pool.pop().unwrap_or_default();
    let records = outbox.tracer.inner().bounds.records;
    details.take_over(&outbox.batch.entries, slot.chain, records);
    details
}

impl SpanStack {
    /// Says something about the topmost slot with this number.
    fn say(&mut self, number: u64, say: impl FnOnce(Place<'_>)) -> Said {
        let mut slots = self.slots.iter_mut().rev();
        let Some(slot) = slots.find(|slot| slot.span.number == number) else {
            return Said::Nowhere;
        };
        if let Extra::Shared(shared) = &slot.extra {
            return Said::Elsewhere(Arc::clone(shared));
        }
        let outbox = self.outboxes.get_mut(slot.outbox);
        let Some(outbox) = outbox.filter(|_| slot.is_span()) else {
            return Said::Nowhere;
        };
        let pool = &mut self.details_pool;
        say(Place { slot, outbox, pool });
        Said::Here
    }

    /// Sets a tag on an open span.
    pub(crate) fn set_tag(&mut self, number: u64, key: Key<'_>, value: &Value<'_>) -> Said {
        self.say(number, |place| place.set_tag(key, value))
    }

    /// Sets a short tag that must not be missing.
    pub(crate) fn set_own_tag(&mut self, number: u64, key: &'static str, value: &Value<'_>) -> Said {
        self.say(number, |place| place.set_own_tag(key, value))
    }

    /// Adds a log record with the current time to an open span.
    pub(crate) fn log(&mut self, number: u64, fields: &[Option<Field<'_>>]) -> Said {
        self.say(number, |place| place.log(fields))
    }

    /// Sets a tag on the active span if that can be done at once: the span has nothing but entries in the buffers, no metrics of
    /// requests need the tag, and the span has this number, if it is not zero. Otherwise nothing is done.
    #[inline(always)]
    pub(crate) fn set_plain_tag(&mut self, number: u64, key: &'static str, value: impl PlainValue) -> bool {
        let Some(top) = self.slots.last_mut().filter(|top| top.is_plain()) else {
            return false;
        };
        // An empty frame has none.
        let Some(outbox) = self.outboxes.get_mut(top.outbox) else {
            return false;
        };
        let is_plain =
            (number == 0 || number == top.span.number) && !(outbox.counts_requests && Request::reads(key));
        if !top.sampled {
            return is_plain && self.needs_no_tags();
        }
        let limits = outbox.limits;
        is_plain
            && outbox
                .batch
                .entries
                .add_plain_tag(&mut top.chain, key, value, limits)
    }

    /// Whether the active span keeps no tags: it is not recorded, and no request that may be forced later.
    #[cold]
    fn needs_no_tags(&self) -> bool {
        self.active().is_some_and(|slot| !self.is_local_root(slot))
    }

    /// Gives a slot details of its own, if it has said anything.
    pub(super) fn detail(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        if slot.chain.is_empty() {
            return;
        }
        if let Some(outbox) = self.outboxes.get_mut(slot.outbox) {
            let pool = &mut self.details_pool;
            Place { slot, outbox, pool }.details();
        }
    }

    /// Details that say what a slot has said.
    pub(super) fn details_of(&mut self, slot: &Slot) -> Box<Details> {
        let outbox = self.outboxes.get(slot.outbox);
        let pool = &mut self.details_pool;
        outbox.map_or_else(Box::default, |outbox| detailed(slot, outbox, pool))
    }

    /// Keeps details for another span.
    pub(super) fn keep_details(&mut self, mut details: Box<Details>) {
        // Without an outbox, nothing was announced that drops the pool.
        if !self.outboxes.are_none() && self.details_pool.len() < POOL && details.capacity() <= LARGEST {
            details.clear();
            self.details_pool.push(details);
        }
    }
}
