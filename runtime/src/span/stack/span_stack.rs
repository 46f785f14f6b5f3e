//! The stack of open spans of a thread.

use std::cell::RefCell;
use std::mem::{self, ManuallyDrop};
use std::sync::Arc;

use super::detached::DetachedStack;
use super::home::Home;
use super::local_trace::{LocalTrace, LocalTraces};
use super::outbox::Outboxes;
use super::shared_span::SharedSpan;
use super::slot::{Extra, Opener, Serial, Slot};
use super::slots::Slots;
use crate::delivery::details::Details;
use crate::model::decision_tags::DecisionTags;
#[cfg(any(feature = "log-kv", feature = "tracing"))]
use crate::model::id::{SpanId, TraceId};
use crate::model::id_generator::Numbers;
use crate::model::trace_context::TraceContext;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;

/// The most spans that may be open on a thread; further ones are not started.
pub(super) const MAX_DEPTH: usize = 16 * 1024;

thread_local! {
    /// Nothing is dropped with it, so that whoever uses it need not look first whether its destructor is registered: that costs
    /// each span as much as the rest of the look at the stack.
    static STACK: RefCell<ManuallyDrop<SpanStack>> = const { RefCell::new(ManuallyDrop::new(SpanStack::new())) };
    static THREAD_END: ThreadEnd = const { ThreadEnd };
}

/// Drops the stack when the thread ends.
pub(super) struct ThreadEnd;

impl ThreadEnd {
    /// Has to be called before the stack has something to drop.
    pub(super) fn await_it() {
        // Where the thread is ending already, nobody gets the stack.
        let _ = THREAD_END.try_with(|_| {});
    }
}

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        STACK.with(|local| {
            if let Ok(mut borrowed) = local.try_borrow_mut() {
                let stack = mem::replace(&mut **borrowed, SpanStack::new());
                // It stays borrowed: from now on nobody gets it.
                mem::forget(borrowed);
                drop(stack);
            }
        });
    }
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
    pub(super) slots: Slots,
    pub(super) local_traces: LocalTraces,
    pub(super) outboxes: Outboxes,
    pub(super) numbers: Numbers,
    pub(super) entries: Serial,
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    pub(super) pool: Vec<Box<DetachedStack>>,
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    pub(super) details_pool: Vec<Box<Details>>,
}

impl SpanStack {
    const fn new() -> Self {
        Self {
            slots: Slots::new(),
            local_traces: LocalTraces::new(),
            outboxes: Outboxes::new(),
            numbers: Numbers::new(),
            entries: Serial::MIN,
            pool: Vec::new(),
            details_pool: Vec::new(),
        }
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

    /// The index of the topmost slot with this number and opener.
    pub(super) fn position(&self, number: u64, opener: Opener) -> Option<usize> {
        self.slots
            .iter()
            .rposition(|slot| slot.span.number == number && slot.opener == opener)
    }

    fn index_of(&self, number: u64) -> Option<usize> {
        self.slots.iter().rposition(|slot| slot.span.number == number)
    }

    /// The context of the active span and the tracer that it belongs to.
    pub(crate) fn active_context(&mut self) -> Option<(SpanContext, Tracer)> {
        self.slots.last_mut()?.is_known = true;
        let slot = self.active()?;
        let tracer = self.tracer(slot)?.clone();
        if let Some(shared) = slot.shared() {
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
                local_root: local_trace.identity.local_root,
                is_undecided: false,
                seed: None,
            },
            tracer: Some(tracer.clone()),
        };
        Some((context, tracer))
    }

    /// The ids of the active span, for those who only show them.
    #[cfg(any(feature = "log-kv", feature = "tracing"))]
    pub(crate) fn shown_ids(&self) -> Option<(TraceId, SpanId)> {
        let slot = self.active()?;
        if let Some(shared) = slot.shared() {
            return Some(shared.shown_ids());
        }
        let identity = &self.local_trace(slot)?.identity;
        Some((identity.trace_id, identity.key.span_id(slot.span.number)))
    }

    /// Makes the record of an open span a shared one, and returns a handle to it.
    pub(crate) fn promote(&mut self, number: u64) -> Option<Arc<SharedSpan>> {
        let index = self.index_of(number)?;
        if let Some(shared) = self.slots.get(index)?.shared() {
            return Some(Arc::clone(shared));
        }
        self.detail(index);
        self.count_child(self.slots.get(index)?.local_trace);
        let slot = self.slots.get(index)?;
        let home = self.home_of(slot)?;
        let slot = self.slots.get_mut(index)?;
        let details = match mem::replace(&mut slot.extra, Extra::None) {
            Extra::Own(details) => Some(details),
            Extra::Shared(_) | Extra::None => None,
        };
        let shared = SharedSpan::new(slot.span, details, home);
        if slot.is_known {
            shared.make_known();
        }
        slot.extra = Extra::Shared(Arc::clone(&shared));
        Some(shared)
    }

    /// What a span shares with its local trace, for one that leaves it.
    pub(super) fn home_of(&self, slot: &Slot) -> Option<Home> {
        let decision = match slot.span.parent {
            0 => self.local_trace(slot)?.decision.clone(),
            _ => DecisionTags::None,
        };
        let home = self.home_of_child(slot.local_trace)?;
        Some(Home { decision, ..home })
    }

    /// What a child shares with this local trace.
    pub(super) fn home_of_child(&self, local_trace: u32) -> Option<Home> {
        let local_trace = self.local_traces.get(local_trace)?;
        Some(Home {
            identity: local_trace.identity,
            baggage: local_trace.baggage.clone(),
            tracer: self.outboxes.get(local_trace.outbox)?.tracer.clone(),
            decision: DecisionTags::None,
        })
    }

    /// Takes over flags and baggage that were changed through a handle of the active span.
    pub(super) fn renew_local_trace(&mut self) {
        let Some(slot) = self.slots.last_mut() else { return };
        let Extra::Shared(shared) = &slot.extra else {
            return;
        };
        shared.make_known();
        let changes = shared.changes();
        if slot.known_changes == changes && changes != SharedSpan::MANY_CHANGES {
            return;
        }
        slot.known_changes = changes;
        let (identity, baggage) = shared.identity_and_baggage();
        slot.span.parent = shared.start().parent;
        slot.sampled = identity.flags.is_recorded();
        let old = slot.local_trace;
        let Some(local_trace) = self.local_traces.get(old) else {
            return;
        };
        let outbox = local_trace.outbox;
        let Some(tracer) = self.outboxes.get(outbox).map(|outbox| outbox.tracer.clone()) else {
            return;
        };
        let home = Home {
            identity,
            baggage,
            tracer,
            decision: DecisionTags::None,
        };
        let new = self.insert_in(&home, outbox);
        self.leave_local_trace(old);
        if let Some(slot) = self.slots.last_mut() {
            slot.local_trace = new;
        }
    }

    /// Removes an open span, which has finished, from its local trace.
    #[inline]
    pub(super) fn release(&mut self, local_trace: u32) -> bool {
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
        self.count_child(local_trace);
        if let Some(closed) = self.local_traces.leave(local_trace) {
            if let Some(outbox) = self.outboxes.get_mut(closed.outbox) {
                outbox.count(closed);
            }
        }
    }

    /// Counts the start of a child at once, because it may now finish on another thread, where that is counted at once too.
    #[inline]
    pub(super) fn count_child(&mut self, local_trace: u32) {
        let Some(local_trace) = self.local_traces.get_mut(local_trace) else {
            return;
        };
        if let Some(outbox) = self.outboxes.get_mut(local_trace.outbox) {
            if local_trace.take_start() {
                outbox.count_child(local_trace.identity.flags.is_recorded());
            }
        }
    }

    /// Counts the spans of a slot's local trace, which goes on.
    fn count_so_far(&mut self, index: usize) {
        let local_trace = self.slots.get(index).map(|slot| slot.local_trace);
        let Some(counts) = local_trace.and_then(|index| self.local_traces.take_counts(index)) else {
            return;
        };
        if let Some(outbox) = self.outboxes.get_mut(counts.outbox) {
            outbox.count(counts);
        }
    }

    /// Counts the spans so far, and returns how many recorded spans of this tracer are open here and end here.
    pub(crate) fn open_spans_of(&mut self, tracer: &Tracer) -> u64 {
        (0..self.slots.len()).for_each(|index| self.count_so_far(index));
        self.hand_over();
        let is_own = |slot: &&Slot| {
            let own = self.tracer(slot).is_some_and(|own| own.is_same(tracer));
            own && slot.is_span() && slot.finish_on_close && slot.is_recorded_now()
        };
        self.slots.iter().filter(is_own).count() as u64
    }

    /// Hands the finished spans over if no span is active, or if there is much.
    #[inline]
    pub(super) fn hand_over_if_due(&mut self) {
        let is_due = match self.active() {
            // Mostly nothing, where a future or a body leaves a span.
            None => self.outboxes.have_something(),
            Some(_) => self.outboxes.are_full(),
        };
        if is_due {
            self.hand_over();
        }
    }

    /// Hands the finished spans of this thread over to the workers.
    pub(crate) fn hand_over(&mut self) {
        // What open spans have said is in the batches.
        let is_worth = self.slots.is_empty() || self.outboxes.have_spans() || self.outboxes.are_full();
        if is_worth {
            for index in 0..self.slots.len() {
                self.detail(index);
                self.count_so_far(index);
                self.notice_if_long_open(index);
            }
        }
        self.outboxes.hand_over();
        if is_worth {
            self.outboxes.forget_entries();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use crate::span::scope::Scope;
    use crate::tracer::core::Tracer;
    use crate::tracer::global::with_tracer;
    use crate::{TracerGuard, start_active_span};

    fn tracer() -> (Tracer, TracerGuard) {
        Tracer::builder("thread").build().unwrap()
    }

    #[test]
    fn a_thread_that_has_ended_holds_no_tracer() {
        for leaks_a_scope in [false, true] {
            let (tracer, guard) = tracer();
            let weak = tracer.downgrade();
            let ends = move || {
                with_tracer(&tracer, || {
                    let scope = start_active_span("work");
                    if leaks_a_scope {
                        std::mem::forget::<Scope>(scope);
                    }
                });
            };
            thread::spawn(ends).join().unwrap();
            drop(guard);
            assert!(weak.upgrade().is_none(), "leaks a scope: {leaks_a_scope}");
        }
    }

    #[test]
    fn closed_tracers_whose_spans_a_thread_enters_in_turn_do_not_hold_each_other() {
        let tracers = [(); 2].map(|()| {
            let (tracer, guard) = tracer();
            let span = crate::build_span("work").tracer(&tracer).start_detached();
            drop(guard);
            (tracer.downgrade(), span)
        });
        let (weak, spans): (Vec<_>, Vec<_>) = tracers.into_iter().unzip();
        let enters = move || {
            for _ in 0..5 {
                spans.iter().for_each(|span| span.in_scope(|| {}));
            }
        };
        thread::spawn(enters).join().unwrap();
        assert!(weak.iter().all(|weak| weak.upgrade().is_none()));
    }

    #[cfg(feature = "enable")]
    #[test]
    fn a_thread_forgets_what_requests_have_said_that_were_not_recorded() {
        let (tracer, _guard) = Tracer::builder("thread")
            .sampler(crate::sampler::ConstSampler::new(false))
            .build()
            .unwrap();
        let said = || {
            super::with(|local| {
                let outbox = local.outboxes.get(local.outboxes.find(&tracer)?)?;
                Some(outbox.batch.entries.size())
            })
        };
        with_tracer(&tracer, || {
            let scope = start_active_span("request");
            crate::set_tag("key", "x".repeat(100));
            assert!(said().flatten() > Some(100));
            drop(scope);
        });
        assert_eq!(said(), Some(Some(0)));
    }
}
