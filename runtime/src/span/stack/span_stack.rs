//! The stack of open spans of a thread.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use super::aftermath::Aftermath;
use super::local_trace::{LocalTrace, LocalTraces};
use super::outbox::Outboxes;
use super::shared_span::SharedSpan;
use super::slot::{DetachedSpan, DetachedStack, Opener, Slot};
use crate::delivery::batch::{FinishedRecord, Identity};
use crate::delivery::bounds::Room;
use crate::delivery::details::{Details, End};
use crate::model::baggage::Baggage;
use crate::model::id_generator::Numbers;
use crate::model::trace_context::TraceContext;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;
use crate::util::counter::count;
use crate::util::tick::Tick;

/// The most spans that may be open on a thread; further ones are not started.
const MAX_DEPTH: usize = 16 * 1024;

thread_local! {
    static STACK: RefCell<SpanStack> = const { RefCell::new(SpanStack::new()) };
}

/// Runs `use_it` with this thread's stack. Returns `None` if the thread is ending, or if the stack is already
/// in use.
///
/// No user code may run inside, because it would find the stack in use.
#[inline]
pub(crate) fn with<R>(use_it: impl FnOnce(&mut SpanStack) -> R) -> Option<R> {
    STACK
        .try_with(|local| local.try_borrow_mut().ok().map(|mut local| use_it(&mut local)))
        .ok()
        .flatten()
}

/// Empties this thread's stack in the child process of a fork, without ending its spans: they belong to the
/// parent, and their locks may be held by threads that do not exist here.
pub(crate) fn forget() {
    mem::forget(with(|local| mem::replace(local, SpanStack::new())));
}

#[derive(Debug)]
pub(crate) struct SpanStack {
    pub(super) slots: Vec<Slot>,
    local_traces: LocalTraces,
    pub(super) outboxes: Outboxes,
    numbers: Numbers,
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    pub(super) pool: Vec<Box<DetachedStack>>,
}

impl SpanStack {
    const fn new() -> Self {
        Self {
            slots: Vec::new(),
            local_traces: LocalTraces::new(),
            outboxes: Outboxes::new(),
            numbers: Numbers::new(),
            pool: Vec::new(),
        }
    }

    /// Opens a child of the active span. Returns its number, or `None` if there is no active span.
    #[inline]
    pub(crate) fn push_child(&mut self, name: &'static str, opener: Opener) -> Option<u64> {
        let top = self.slots.last()?;
        if top.shared.is_some() {
            self.renew_local_trace();
        }
        let top = self.slots.last()?;
        let (parent, local_trace, sampled) = (top.span.number, top.local_trace, top.sampled);
        if self.is_full() {
            return self.refuse();
        }
        self.local_traces.start_child(local_trace)?;
        let number = self.numbers.take();
        // Filled in place: a slot that is made elsewhere and pushed would be copied twice.
        self.slots.push(Slot::VACANT);
        let slot = self.slots.last_mut()?;
        slot.span.number = number;
        slot.span.parent = parent;
        slot.span.start = Tick::now();
        slot.span.name = name;
        slot.local_trace = local_trace;
        slot.opener = opener;
        slot.sampled = sampled;
        Some(number)
    }

    #[cold]
    fn refuse(&self) -> Option<u64> {
        let slot = self.active()?;
        if let Some(tracer) = self.tracer(slot) {
            count(&tracer.inner().stats.depth_limited_spans);
        }
        Some(0)
    }

    /// Opens a slot whose span does not have the active one as its parent.
    pub(crate) fn push_detached(&mut self, detached: DetachedSpan) {
        let outbox = self.outboxes.of(&detached.tracer, &self.local_traces);
        let local_trace = self.insert_local_trace(detached.identity, detached.baggage, outbox);
        self.slots.push(Slot {
            local_trace,
            ..detached.slot
        });
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers.take()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() >= MAX_DEPTH
    }

    /// The active span, or an empty frame.
    #[inline]
    pub(crate) fn top(&self) -> Option<&Slot> {
        self.slots.last()
    }

    pub(crate) fn active(&self) -> Option<&Slot> {
        self.slots.last().filter(|slot| slot.is_span())
    }

    pub(crate) fn local_trace(&self, slot: &Slot) -> Option<&LocalTrace> {
        self.local_traces.get(slot.local_trace)
    }

    pub(crate) fn tracer(&self, slot: &Slot) -> Option<&Tracer> {
        let local_trace = self.local_trace(slot)?;
        self.outboxes.get(local_trace.outbox).map(|outbox| &outbox.tracer)
    }

    /// Whether the slot has no parent in this process.
    #[inline]
    pub(crate) fn is_local_root(&self, slot: &Slot) -> bool {
        slot.span.parent == 0
            && self
                .local_trace(slot)
                .is_some_and(|local_trace| local_trace.identity.has_local_root(&slot.span))
    }

    /// Changes the details of the topmost slot with this number, or returns its shared record, which has them.
    #[inline]
    pub(crate) fn change_details<C: FnOnce(&mut Details, Room<'_>)>(
        &mut self,
        number: u64,
        change: &mut Option<C>,
    ) -> Option<Arc<SharedSpan>> {
        let mut slots = self.slots.iter_mut().rev();
        let slot = slots.find(|slot| slot.span.number == number)?;
        if let Some(shared) = &slot.shared {
            return Some(Arc::clone(shared));
        }
        let outbox = self.local_traces.get(slot.local_trace)?.outbox;
        let bounds = &self.outboxes.get(outbox)?.tracer.inner().bounds;
        let room = match slot.sampled {
            true => bounds.recorded(),
            false => bounds.unrecorded(),
        };
        if let Some(change) = change.take() {
            change(&mut slot.details, room);
        }
        None
    }

    /// The index of the topmost slot with this number and opener.
    pub(super) fn position(&self, number: u64, opener: Opener) -> Option<usize> {
        self.slots
            .iter()
            .rposition(|slot| slot.span.number == number && slot.opener == opener)
    }

    /// The context of the active span and the tracer that it belongs to.
    pub(crate) fn active_context(&self) -> Option<(SpanContext, Tracer)> {
        let slot = self.active()?;
        let tracer = self.tracer(slot)?.clone();
        if let Some(shared) = &slot.shared {
            return Some((shared.context(), tracer));
        }
        let local_trace = self.local_trace(slot)?;
        let context = SpanContext {
            context: TraceContext {
                trace_id: local_trace.identity.trace_id,
                span_id: local_trace.identity.key.span_id(slot.span.number),
                flags: local_trace.identity.flags,
                baggage: local_trace.baggage.clone(),
                remote: false,
                seed: None,
            },
            tracer: Some(tracer.clone()),
        };
        Some((context, tracer))
    }

    /// Makes the record of an open span a shared one, and returns a handle to it.
    pub(crate) fn promote(&mut self, number: u64) -> Option<Arc<SharedSpan>> {
        let index = self.slots.iter().rposition(|slot| slot.span.number == number)?;
        let slot = self.slots.get(index)?;
        if let Some(shared) = &slot.shared {
            return Some(Arc::clone(shared));
        }
        let tracer = self.tracer(slot)?.clone();
        let local_trace = self.local_trace(slot)?;
        let (identity, baggage) = (local_trace.identity, local_trace.baggage.clone());
        let slot = self.slots.get_mut(index)?;
        Some(slot.promote(identity, baggage, tracer))
    }

    /// Takes over flags and baggage that were changed through a handle of the active span.
    fn renew_local_trace(&mut self) {
        let Some(slot) = self.slots.last_mut() else { return };
        let Some(shared) = &slot.shared else { return };
        let changes = shared.changes();
        if slot.known_changes == changes && changes != SharedSpan::MANY_CHANGES {
            return;
        }
        slot.known_changes = changes;
        let (identity, baggage) = (shared.identity(), shared.baggage());
        slot.sampled = identity.flags.is_sampled();
        let old = slot.local_trace;
        let Some(local_trace) = self.local_traces.get(old) else {
            return;
        };
        let (parent, outbox) = (local_trace.identity.parent, local_trace.outbox);
        let new = self.insert_local_trace(Identity { parent, ..identity }, baggage, outbox);
        self.leave_local_trace(old);
        if let Some(slot) = self.slots.last_mut() {
            slot.local_trace = new;
        }
    }

    fn insert_local_trace(&mut self, identity: Identity, baggage: Baggage, outbox: u32) -> u32 {
        let stale = self.outboxes.stale_serial(outbox);
        self.local_traces.insert(identity, baggage, outbox, stale)
    }

    /// Returns whether the local trace has ended.
    #[inline]
    fn release(&mut self, local_trace: u32) -> bool {
        let Some(closed) = self.local_traces.release(local_trace) else {
            return false;
        };
        if let Some(outbox) = self.outboxes.get_mut(closed.outbox) {
            outbox.count(closed);
        }
        true
    }

    /// Like [`release`](Self::release), for a span that has not finished.
    pub(super) fn leave_local_trace(&mut self, local_trace: u32) {
        if let Some(closed) = self.local_traces.leave(local_trace) {
            if let Some(outbox) = self.outboxes.get_mut(closed.outbox) {
                outbox.count(closed);
            }
        }
    }

    /// Closes the span that a scope opened.
    #[inline]
    pub(crate) fn close(&mut self, number: u64, end: End) -> Option<Aftermath> {
        let plain = end == End::Done
            && self.slots.last().is_some_and(|top| {
                top.span.number == number && top.opener == Opener::Scope && top.shared.is_none()
            });
        if !plain {
            return self.close_unusual(number, end);
        }
        // While its local trace has not ended, a span of it is still open.
        if self.finish_top() {
            self.hand_over_if_idle();
        }
        None
    }

    #[cold]
    fn close_unusual(&mut self, number: u64, end: End) -> Option<Aftermath> {
        let mut aftermath = Aftermath::default();
        if let Some(slot) = self.remove(number, Opener::Scope, &mut aftermath) {
            self.finish(slot, end, &mut aftermath);
        }
        self.hand_over_if_idle();
        Some(aftermath)
    }

    #[cold]
    fn remove(&mut self, number: u64, opener: Opener, aftermath: &mut Aftermath) -> Option<Slot> {
        let index = self.position(number, opener)?;
        let slot = self.slots.remove(index);
        if index < self.slots.len() {
            aftermath.out_of_order = self
                .tracer(&slot)
                .map(|tracer| (slot.full_name(), tracer.clone()));
        }
        Some(slot)
    }

    pub(super) fn finish(&mut self, mut slot: Slot, end: End, aftermath: &mut Aftermath) {
        let Some(shared) = slot.shared.take() else {
            if end != End::Done && slot.sampled {
                slot.details.mark(end);
            }
            self.finish_plain(slot);
            return;
        };
        // A span that a future or a closure only borrows does not end the way they do.
        if end != End::Done && (slot.finish_on_close || slot.opener == Opener::Scope) {
            shared.mark(end);
        }
        aftermath.finish = Some((shared, slot.finish_on_close));
        self.leave_local_trace(slot.local_trace);
    }

    /// Finishes the top of the stack, which has no handles, without moving it first. Returns whether its local
    /// trace has ended.
    #[inline]
    fn finish_top(&mut self) -> bool {
        let Some(slot) = self.slots.last_mut() else {
            return false;
        };
        let local_trace = slot.local_trace;
        if slot.sampled {
            let (record, details) = (slot.record(), mem::take(&mut slot.details));
            self.record(local_trace, record, details);
        }
        self.slots.truncate(self.slots.len() - 1);
        self.release(local_trace)
    }

    #[inline(never)]
    fn finish_plain(&mut self, mut slot: Slot) {
        if slot.sampled {
            self.record(slot.local_trace, slot.record(), mem::take(&mut slot.details));
        }
        self.release(slot.local_trace);
    }

    #[inline(always)]
    fn record(&mut self, local_trace: u32, record: FinishedRecord, details: Details) {
        let Some(local_trace) = self.local_traces.get_mut(local_trace) else {
            return;
        };
        if let Some(outbox) = self.outboxes.get_mut(local_trace.outbox) {
            outbox.add(local_trace, record, details);
        }
    }

    /// Adds the record of a span that was not on a stack.
    pub(super) fn add_record(
        &mut self,
        tracer: &Tracer,
        identity: Identity,
        record: FinishedRecord,
        details: &mut Details,
    ) {
        let outbox = self.outboxes.of(tracer, &self.local_traces);
        if let Some(outbox) = self.outboxes.get_mut(outbox) {
            outbox.add_alone(identity, record, mem::take(details));
        }
        self.hand_over_if_idle();
    }

    /// Hands the finished spans over if no span is active.
    #[inline]
    pub(super) fn hand_over_if_idle(&mut self) {
        if self.active().is_none() {
            self.outboxes.hand_over();
        }
    }

    /// Hands the finished spans of this thread over to the workers.
    pub(crate) fn hand_over(&mut self) {
        self.outboxes.hand_over();
    }
}
