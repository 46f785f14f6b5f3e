//! Reports spans that have been open for long, so that those below them have a parent in Jaeger.
//!
//! No thread looks for such spans. They are noticed where their thread has to do with them anyway: when they leave a stack, when
//! a batch is handed over while they are on one, and when their context is asked for.

use std::sync::Arc;

use super::shared_span::SharedSpan;
use super::slot::Slot;
use super::span_stack::{SpanStack, with};
use crate::delivery::batch::EndingSpan;
use crate::tracer::core::Tracer;
use crate::tracer::long_open::LongOpenSpan;
use crate::util::clock;
use crate::util::counter::count;
use crate::util::tick::Tick;

impl SpanStack {
    /// Reports the span of a slot if it has been open for long.
    #[inline]
    pub(super) fn notice_if_long_open(&mut self, index: usize) {
        let is_long_open = |slot: &Slot| {
            let outbox = self.outboxes.get(slot.outbox);
            let long_open = outbox.map(|outbox| &outbox.tracer.inner().long_open);
            slot.sampled && long_open.is_some_and(|long_open| long_open.may_include(slot.span.start))
        };
        if self.slots.get(index).is_some_and(is_long_open) {
            self.report_open(index);
        }
    }

    /// The span gets a shared record, which knows how often it was reported.
    #[cold]
    fn report_open(&mut self, index: usize) {
        let Some(slot) = self.slots.get(index).filter(|slot| slot.is_span()) else {
            return;
        };
        let (number, outbox) = (slot.span.number, slot.outbox);
        let shared = match slot.shared() {
            Some(shared) => Some(Arc::clone(shared)),
            None => self.promote(number),
        };
        if let (Some(shared), Some(outbox)) = (shared, self.outboxes.get_mut(outbox)) {
            shared.report_open(|open| outbox.add_open(open));
        }
    }

    fn add_open(&mut self, tracer: &Tracer, open: &EndingSpan<'_>) {
        let outbox = self.outbox_of(tracer);
        if let Some(outbox) = self.outboxes.get_mut(outbox) {
            outbox.add_open(open);
        }
        self.hand_over_if_due();
    }
}

impl SharedSpan {
    /// Reports the span if it has been open for long. Not for use inside of [`with`].
    #[inline]
    pub(crate) fn notice_if_long_open(&self) {
        if self.is_recorded() && self.tracer.inner().long_open.may_include(self.start().start) {
            self.report_open_from_anywhere();
        }
    }

    #[cold]
    fn report_open_from_anywhere(&self) {
        self.report_open(|open| {
            with(|local| local.add_open(&self.tracer, open));
        });
    }

    /// Passes what it is so far to `add`, if a report is due.
    fn report_open(&self, add: impl FnOnce(&EndingSpan<'_>)) {
        // Whoever ends the span may hold the lock, on this thread too.
        let Some(mut state) = self.try_state().filter(|state| !state.finished) else {
            return;
        };
        let (inner, now) = (self.tracer.inner(), Tick::now());
        let age = clock::duration(self.start().start, now);
        if !inner.long_open.is_due(age, state.reports) {
            return;
        }
        state.reports = state.reports.saturating_add(1);
        self.make_known();
        add(&EndingSpan {
            span: self.start(),
            end: now,
            identity: self.identity(),
            details: state.details.as_deref(),
            decision: self.decision(),
        });
        count(&inner.stats.unfinished_reports);
        let name = state.name().unwrap_or_else(|| self.start().name.into());
        drop(state);
        inner.long_open.note(LongOpenSpan { name, age });
    }
}
