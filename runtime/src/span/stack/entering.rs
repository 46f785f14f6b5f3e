//! Puts spans on the stack that are entered and left without ending.

use std::mem;
use std::sync::Arc;

use super::aftermath::Aftermath;
use super::local_trace::Place;
use super::shared_span::SharedSpan;
#[cfg(feature = "tower")]
use super::slot::Slot;
use super::slot::{Extra, Opener, Serial};
use super::span_stack::SpanStack;
use crate::delivery::chain::Chain;
use crate::model::decision_tags::DecisionTags;
use crate::util::counter::count;
#[cfg(feature = "tracing")]
use crate::util::tick::Tick;

/// A span's slot on the stack, between an entry and the exit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) serial: Serial,
}

/// What is kept of a slot that was left, so that the next entry need not count references.
#[derive(Debug)]
pub(crate) struct ParkedEntry {
    shared: Arc<SharedSpan>,
    /// The local trace that it had last.
    place: Place,
    sampled: bool,
    known_changes: u8,
}

impl ParkedEntry {
    /// That of a span that was not entered yet.
    pub(crate) fn of(shared: &Arc<SharedSpan>) -> Self {
        Self {
            // Before the flags: a change that comes in between is then noticed by the next child.
            known_changes: shared.changes(),
            sampled: shared.is_recorded(),
            place: Place::default(),
            shared: Arc::clone(shared),
        }
    }
}

impl SpanStack {
    /// Enters a span, unless too many are open.
    pub(crate) fn enter(&mut self, parked: &mut Option<ParkedEntry>) -> Option<Serial> {
        if self.is_full() {
            count(&parked.as_ref()?.shared.tracer.inner().stats.depth_limited_spans);
            return None;
        }
        self.entries = self.entries.checked_add(1).unwrap_or(Serial::MIN);
        self.put(parked, (Opener::Entry, self.entries))?;
        Some(self.entries)
    }

    /// Puts what was parked on the stack.
    fn put(&mut self, parked: &mut Option<ParkedEntry>, (opener, entry): (Opener, Serial)) -> Option<()> {
        let parked_entry = parked.as_ref()?;
        let local_trace = match self.local_traces.rejoin(parked_entry.place) {
            Some(local_trace) => local_trace,
            None => self.insert_local_trace_of(&parked_entry.shared),
        };
        let slot = self.slots.next()?;
        let ParkedEntry {
            shared,
            sampled,
            known_changes,
            ..
        } = parked.take()?;
        slot.span = shared.start();
        slot.local_trace = local_trace;
        slot.outbox = self.local_traces.get(local_trace)?.outbox;
        slot.chain = Chain::EMPTY;
        slot.opener = opener;
        slot.sampled = sampled;
        slot.finish_on_close = false;
        slot.known_changes = known_changes;
        slot.is_known = false;
        slot.entry = entry;
        slot.extra = Extra::Shared(shared);
        self.slots.add();
        Some(())
    }

    /// Like that of its home, without counting references to its tracer.
    fn insert_local_trace_of(&mut self, shared: &SharedSpan) -> u32 {
        let outbox = self.outbox_of(&shared.tracer);
        let (identity, baggage) = shared.identity_and_baggage();
        self.insert_begun((identity, baggage, DecisionTags::None), &shared.tracer, outbox)
    }

    /// Leaves a span. Its slot is parked, if no other one is. Spans that were opened inside it stay on the stack.
    pub(crate) fn exit(
        &mut self,
        entry: Entry,
        parked: Option<&mut Option<ParkedEntry>>,
    ) -> Option<Box<Aftermath>> {
        let index = self.position_of(entry)?;
        // In a box, because there hardly ever is one.
        let mut aftermath: Option<Box<Aftermath>> = None;
        if index + 1 < self.slots.len() {
            aftermath.get_or_insert_default().out_of_order = self.named_tracer(index);
            self.slots.move_to_top(index);
        }
        self.notice_if_long_open(self.slots.len() - 1);
        if let Some(left) = self.take_last() {
            match parked.filter(|parked| parked.is_none()) {
                Some(parked) => *parked = Some(left),
                // Whoever has the last reference does not drop it in here.
                None => aftermath.get_or_insert_default().finish = Some((left.shared, false)),
            }
        }
        self.hand_over_if_due();
        aftermath
    }

    /// Takes the last slot off the stack, which has a shared record.
    #[inline]
    fn take_last(&mut self) -> Option<ParkedEntry> {
        let slot = self.slots.last_mut()?;
        let (local_trace, sampled, known_changes) = (slot.local_trace, slot.sampled, slot.known_changes);
        let extra = mem::replace(&mut slot.extra, Extra::None);
        self.slots.drop_last();
        let place = self.local_traces.place_of(local_trace);
        self.leave_local_trace(local_trace);
        match extra {
            Extra::Shared(shared) => Some(ParkedEntry {
                shared,
                place,
                sampled,
                known_changes,
            }),
            Extra::None | Extra::Own(_) => None,
        }
    }

    /// Enters a span for a poll of the future that borrows it. Returns its number.
    #[cfg(feature = "tower")]
    pub(crate) fn enter_poll(&mut self, parked: &mut Option<ParkedEntry>) -> Option<u64> {
        let number = parked.as_ref()?.shared.number();
        self.put(parked, (Opener::Poll, Serial::MIN))?;
        Some(number)
    }

    /// Leaves it again, if nothing that was opened inside is still open. Else nothing is done. `left` is empty.
    #[cfg(feature = "tower")]
    pub(crate) fn leave_poll(&mut self, number: u64, left: &mut Option<ParkedEntry>) -> bool {
        let top = self.slots.last();
        let is_own = |top: &Slot| top.span.number == number && top.opener == Opener::Poll;
        if !top.is_some_and(|top| is_own(top) && top.shared().is_some()) {
            return false;
        }
        self.notice_if_long_open(self.slots.len() - 1);
        *left = self.take_last();
        self.hand_over_if_due();
        true
    }

    /// Whether something above this entry says that no span is active.
    #[cfg(feature = "tracing")]
    pub(crate) fn is_hidden(&self, entry: Entry) -> bool {
        let place = self.position_of(entry);
        let above = self.slots.iter().skip(place.map_or(0, |place| place + 1));
        place.is_some() && above.rev().any(|slot| !slot.is_span())
    }

    fn position_of(&self, entry: Entry) -> Option<usize> {
        self.slots.iter().rposition(|slot| {
            slot.span.number == entry.number && slot.opener == Opener::Entry && slot.entry == entry.serial
        })
    }

    /// Starts a child of the active span without putting it on the stack. `None` if there is no active span.
    #[cfg(feature = "tracing")]
    pub(crate) fn start_parked(&mut self, name: &'static str) -> Option<(Arc<SharedSpan>, ParkedEntry)> {
        if !self.slots.last()?.is_plain() {
            self.renew_local_trace();
        }
        let parent = self.slots.last_mut()?;
        parent.is_known = true;
        let (index, mut span, sampled) = (parent.local_trace, parent.span, parent.sampled);
        let outbox = self.outboxes.get_mut(parent.outbox)?;
        if outbox.tracer.inner().is_served() {
            return None;
        }
        if self.local_traces.get(index)?.is_timed() {
            span.start = Tick::now();
        }
        outbox.count_child(sampled);
        span.parent = span.number;
        span.number = self.numbers.take();
        span.name = name;
        let home = self.home_of_child(index)?;
        let shared = SharedSpan::new(span, None, home);
        let parked = ParkedEntry {
            place: self.local_traces.place_of(index),
            sampled,
            known_changes: 0,
            shared: Arc::clone(&shared),
        };
        Some((shared, parked))
    }
}
