//! How spans leave a stack when they finish.

use std::borrow::Cow;

use super::aftermath::Aftermath;
use super::local_trace::LocalTrace;
use super::slot::{Extra, Opener, Slot};
use super::span_stack::SpanStack;
use crate::delivery::batch::EndingSpan;
use crate::delivery::details::{Details, End};
use crate::tracer::core::Tracer;
use crate::util::tick::Tick;

impl SpanStack {
    /// Closes the span that a scope opened.
    pub(crate) fn close(&mut self, number: u64, end: End) -> Aftermath {
        let mut aftermath = Aftermath::default();
        if let Some(slot) = self.remove(number, Opener::Scope, &mut aftermath) {
            self.finish(slot, end, &mut aftermath);
        }
        self.hand_over_if_due();
        aftermath
    }

    fn remove(&mut self, number: u64, opener: Opener, aftermath: &mut Aftermath) -> Option<Slot> {
        let index = self.position(number, opener)?;
        if index + 1 < self.slots.len() {
            aftermath.out_of_order = self.named_tracer(index);
        }
        self.slots.remove(index)
    }

    /// The name of a span that is closed out of order, and its tracer.
    pub(super) fn named_tracer(&self, index: usize) -> Option<(Cow<'static, str>, Tracer)> {
        let slot = self.slots.get(index)?;
        Some((slot.full_name(), self.tracer(slot)?.clone()))
    }

    /// Finishes a slot that is not on the stack any more.
    pub(super) fn finish(&mut self, mut slot: Slot, end: End, aftermath: &mut Aftermath) {
        let shared = match slot.extra {
            Extra::Shared(shared) => shared,
            Extra::None if end == End::Done || !slot.sampled => return self.finish_alone(&slot, None, end),
            Extra::None => {
                let details = self.details_of(&slot);
                return self.finish_alone(&slot, Some(details), end);
            }
            Extra::Own(details) => {
                slot.extra = Extra::None;
                return self.finish_alone(&slot, Some(details), end);
            }
        };
        slot.extra = Extra::None;
        // A span that a future or a closure only borrows does not end the way they do.
        if end != End::Done && (slot.finish_on_close || slot.opener == Opener::Scope) {
            shared.mark(end);
        }
        aftermath.finish = Some((shared, slot.finish_on_close));
        self.leave_local_trace(slot.local_trace);
    }

    /// Finishes this span if it is the top of the stack and ends as most spans do, without moving it first. Returns whether
    /// it is.
    #[inline(always)]
    pub(crate) fn finish_plainly(&mut self, number: u64, opener: Opener, end: End) -> bool {
        let Some(top) = self.slots.last() else {
            return false;
        };
        if top.span.parent == 0 && end == End::Done && self.finish_alone_at_once(number, opener) {
            return true;
        }
        let Some(top) = self.slots.last() else {
            return false;
        };
        let is_plain =
            top.span.number == number && top.opener == opener && top.is_plain() && end == End::Done;
        let local_trace = self.local_traces.get_mut(top.local_trace);
        let Some(local_trace) = local_trace.filter(|_| is_plain) else {
            return false;
        };
        let index = top.local_trace;
        let is_due = if top.sampled {
            let (span, chain, end) = (top.span, top.chain, Tick::now());
            let Some(outbox) = self.outboxes.get_mut(top.outbox) else {
                return false;
            };
            outbox.add(local_trace, span, end, chain);
            outbox.is_full()
        } else {
            !top.chain.is_empty()
        };
        self.slots.drop_last();
        if !local_trace.is_last() {
            local_trace.close_one();
            if is_due {
                self.hand_over_if_due();
            }
            return true;
        }
        self.release(index);
        self.hand_over_if_due();
        true
    }

    /// Finishes this span without a parent, if it was alone in its local trace and says nothing.
    #[inline(always)]
    fn finish_alone_at_once(&mut self, number: u64, opener: Opener) -> bool {
        let Some(top) = self.slots.last() else {
            return false;
        };
        let is_usual = top.span.number == number
            && top.opener == opener
            && top.is_plain()
            && top.sampled
            && top.chain.is_empty();
        let index = top.local_trace;
        let local_trace = self.local_traces.get_mut(index);
        let Some(local_trace) = local_trace.filter(|local_trace| is_usual && local_trace.is_last()) else {
            return false;
        };
        let Some(outbox) = self.outboxes.get_mut(top.outbox) else {
            return false;
        };
        if !outbox.hand_over_alone(local_trace, &top.span, Tick::now()) {
            return false;
        }
        self.slots.drop_last();
        self.release(index);
        self.hand_over_if_due();
        true
    }

    /// Finishes a slot that has these details, or only what it has said in the buffers of the thread.
    fn finish_alone(&mut self, slot: &Slot, details: Option<Box<Details>>, end: End) {
        let details = details.map(|mut details| {
            if slot.sampled {
                details.mark(end);
            }
            details
        });
        if slot.sampled {
            self.record(slot, details.as_deref());
        }
        details.into_iter().for_each(|details| self.keep_details(details));
        self.release(slot.local_trace);
    }

    fn record(&mut self, slot: &Slot, details: Option<&Details>) {
        let end = Tick::now();
        let Some(local_trace) = self.local_traces.get_mut(slot.local_trace) else {
            return;
        };
        let Some(outbox) = self.outboxes.get_mut(slot.outbox) else {
            return;
        };
        match details {
            Some(details) => outbox.add_detailed(local_trace, slot.span, end, details),
            None => outbox.add(local_trace, slot.span, end, slot.chain),
        }
    }

    /// Adds a span that was not on a stack. Its details are kept for another one.
    pub(super) fn add_ending(&mut self, tracer: &Tracer, ending: &EndingSpan<'_>) {
        let outbox = self.outbox_of(tracer);
        let are_counted = self.are_children_counted();
        if let Some(outbox) = self.outboxes.get_mut(outbox) {
            // A span that is handed over has finished, and no more may have finished than have started.
            if !(are_counted && outbox.hand_over_ending(ending)) {
                outbox.add_alone(ending);
            }
        }
        self.hand_over_if_due();
    }

    /// Whether no span that is open here has children that were not counted yet. False if that takes long to find out.
    fn are_children_counted(&self) -> bool {
        match self.slots.last() {
            None => true,
            Some(top) if self.slots.len() == 1 => {
                self.local_trace(top).is_none_or(LocalTrace::has_no_children)
            }
            Some(_) => false,
        }
    }
}

#[cfg(all(test, feature = "enable"))]
mod tests {
    use crate::delivery::details::End;
    use crate::span::stack;
    use crate::span::stack::slot::Opener;
    use crate::start_active_span;
    use crate::tracer::core::Tracer;
    use crate::tracer::global::with_tracer;

    #[test]
    fn a_root_that_is_alone_and_says_nothing_goes_to_the_worker_without_the_batch_of_its_thread() {
        let (tracer, _guard) = Tracer::builder("thread").build().unwrap();
        let batch = || {
            let serial = stack::with(|local| {
                let outbox = local.outboxes.get(local.outboxes.find(&tracer)?)?;
                Some(outbox.stale_serial())
            });
            serial.flatten().unwrap()
        };
        with_tracer(&tracer, || {
            drop(start_active_span("alone"));
            let first = batch();
            drop(start_active_span("alone"));
            assert_eq!(batch(), first);
            let parent = start_active_span("parent");
            drop(start_active_span("child"));
            drop(parent);
            assert_ne!(batch(), first);
        });
    }

    #[test]
    fn the_active_span_is_finished_where_it_is_if_its_opener_says_that_it_is_done() {
        let (tracer, _guard) = Tracer::builder("thread").build().unwrap();
        with_tracer(&tracer, || {
            let _root = start_active_span("root");
            let finished = stack::with(|local| {
                let number = local.push_child("child", Opener::Scope)?;
                let (closes, done) = (Opener::Scope, End::Done);
                let tries = [
                    (Opener::Poll, done),
                    (closes, End::Panicked),
                    (closes, done),
                    (closes, done),
                ];
                Some(tries.map(|(opener, end)| local.finish_plainly(number, opener, end)))
            });
            assert_eq!(finished.flatten(), Some([false, false, true, false]));
        });
    }
}
