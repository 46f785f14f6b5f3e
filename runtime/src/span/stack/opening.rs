//! How spans get onto a stack when they start.

use super::detached::DetachedSlot;
use super::home::Home;
use super::local_trace::{LocalTraces, NewLocalTrace};
use super::slot::{Opener, Slot};
use super::span_stack::{MAX_DEPTH, SpanStack, ThreadEnd};
use crate::delivery::identity::Identity;
use crate::delivery::record::SpanStart;
use crate::model::baggage::Baggage;
use crate::model::decision_tags::DecisionTags;
use crate::model::flags::TraceFlags;
use crate::model::id::TraceId;
use crate::model::id_generator::{IdKey, Numbers};
use crate::tracer::core::Tracer;
use crate::util::counter::count;
use crate::util::tick::Tick;

impl SpanStack {
    /// Opens a child of the active span. Returns its number, or `None` if there is no active span.
    ///
    /// A child that is not recorded does not read the clock. If it is forced later, it starts when its parent did.
    #[inline(always)]
    pub(crate) fn push_child(&mut self, name: &'static str, opener: Opener) -> Option<u64> {
        match self.slots.last_and_next(MAX_DEPTH) {
            Some((top, slot)) if top.is_plain() => {
                let (local_traces, numbers) = (&mut self.local_traces, &mut self.numbers);
                let number = start_child(local_traces, numbers, (top, slot), (name, opener))?;
                self.slots.add();
                Some(number)
            }
            Some(_) => self.push_child_of_unusual(name, opener),
            None => self.refuse(),
        }
    }

    #[inline(never)]
    fn push_child_of_unusual(&mut self, name: &'static str, opener: Opener) -> Option<u64> {
        self.renew_local_trace();
        let is_listed = self.lists_open_spans();
        let slots = self.slots.last_and_next(MAX_DEPTH)?;
        let (local_traces, numbers) = (&mut self.local_traces, &mut self.numbers);
        let number = start_child(local_traces, numbers, slots, (name, opener))?;
        self.slots.add();
        if is_listed {
            self.promote(number);
        }
        Some(number)
    }

    /// Whether the tracer of the active span knows its open spans. Then that span has a shared record.
    fn lists_open_spans(&self) -> bool {
        let shared = self.slots.last().and_then(Slot::shared);
        shared.is_some_and(|shared| shared.tracer.inner().open_spans().is_some())
    }

    /// There is no active span, or too many are open.
    #[cold]
    fn refuse(&self) -> Option<u64> {
        let slot = self.active()?;
        if let Some(tracer) = self.tracer(slot) {
            count(&tracer.inner().stats.depth_limited_spans);
        }
        Some(0)
    }

    /// Opens the root of a trace. Returns its number; zero if too many spans are open.
    #[inline(always)]
    pub(crate) fn push_root(
        &mut self,
        (name, opener): (&'static str, Opener),
        tracer: &Tracer,
        (trace_id, flags, key): (TraceId, TraceFlags, IdKey),
        decision: DecisionTags,
    ) -> u64 {
        if self.is_full() {
            count(&tracer.inner().stats.depth_limited_spans);
            return 0;
        }
        let sampled = flags.is_recorded();
        let index = self.outbox_of(tracer);
        let number = self.numbers.take();
        let Some(outbox) = self.outboxes.get(index) else {
            return 0;
        };
        outbox.inbox.counts.count_trace(sampled);
        let local_trace = self.local_traces.insert(NewLocalTrace {
            identity: Identity {
                trace_id,
                flags,
                key,
                local_root: number,
                ..Identity::NONE
            },
            baggage: Baggage::NONE,
            decision,
            outbox: index,
            stale_serial: outbox.stale_serial(),
            number,
            is_timed: sampled || outbox.counts_requests,
        });
        if let Some(slot) = self.slots.next() {
            let span = SpanStart {
                number,
                parent: 0,
                start: Tick::now(),
                name,
            };
            slot.begin(span, (local_trace, index), opener, sampled);
            self.slots.add();
        }
        number
    }

    /// Counts a span that starts off the stack, among those of this thread. False if that is not possible.
    pub(crate) fn count_start(&mut self, Home { identity, tracer, .. }: &Home) -> bool {
        let index = self.outboxes.find(tracer);
        let outbox = index.and_then(|index| self.outboxes.get_mut(index));
        match outbox {
            Some(outbox) if !identity.remote_parent => {
                outbox.count_start(identity.parent.is_none(), identity.flags.is_recorded())
            }
            Some(_) | None => false,
        }
    }

    /// Opens a slot whose span does not have the active one as its parent.
    pub(crate) fn push_detached(&mut self, detached: DetachedSlot) {
        let DetachedSlot { mut slot, home } = detached;
        let local_trace = self.insert_local_trace(&home);
        self.push_in(local_trace, &mut slot);
    }

    /// Moves a slot onto the stack.
    #[inline]
    pub(super) fn push_in(&mut self, local_trace: u32, slot: &mut Slot) {
        let outbox = self
            .local_traces
            .get(local_trace)
            .map_or(0, |local_trace| local_trace.outbox);
        if let Some(next) = self.slots.next() {
            next.take_over(slot);
            next.local_trace = local_trace;
            next.outbox = outbox;
            self.slots.add();
        }
    }

    pub(super) fn insert_local_trace(&mut self, home: &Home) -> u32 {
        let outbox = self.outbox_of(&home.tracer);
        self.insert_in(home, outbox)
    }

    /// The index of a tracer's outbox.
    #[inline]
    pub(super) fn outbox_of(&mut self, tracer: &Tracer) -> u32 {
        match self.outboxes.find(tracer) {
            Some(index) => index,
            None => self.add_outbox(tracer),
        }
    }

    #[cold]
    fn add_outbox(&mut self, tracer: &Tracer) -> u32 {
        ThreadEnd::await_it();
        self.outboxes.add(tracer, &mut self.local_traces)
    }

    pub(super) fn insert_in(&mut self, home: &Home, outbox: u32) -> u32 {
        let (baggage, decision) = (home.baggage.clone(), home.decision.clone());
        self.insert_begun((home.identity, baggage, decision), &home.tracer, outbox)
    }

    /// Adds the local trace of a span that has begun elsewhere.
    pub(super) fn insert_begun(
        &mut self,
        (identity, baggage, decision): (Identity, Baggage, DecisionTags),
        tracer: &Tracer,
        outbox: u32,
    ) -> u32 {
        self.local_traces.insert(NewLocalTrace {
            identity,
            baggage,
            decision,
            outbox,
            stale_serial: self.outboxes.stale_serial(outbox),
            number: self.numbers.take(),
            is_timed: identity.flags.is_recorded() || tracer.counts_requests(),
        })
    }

    /// Pushes an empty frame. Returns its number, which no span has.
    pub(super) fn push_frame(&mut self) -> u64 {
        ThreadEnd::await_it();
        let number = self.next_number();
        self.slots.push(Slot::empty_frame(number));
        number
    }
}

/// Fills the slot of a child of the top one. Returns its number.
#[inline(always)]
fn start_child(
    local_traces: &mut LocalTraces,
    numbers: &mut Numbers,
    (top, slot): (&mut Slot, &mut Slot),
    (name, opener): (&'static str, Opener),
) -> Option<u64> {
    let is_timed = local_traces.start_child(top.local_trace)?;
    let number = numbers.take();
    let start = if is_timed { Tick::now() } else { top.span.start };
    slot.begin_below(top, (number, start), name, opener);
    Some(number)
}
