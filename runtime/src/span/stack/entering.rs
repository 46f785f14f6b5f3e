//! Puts spans on the stack that are entered and left without ending.

use std::sync::Arc;

use super::aftermath::Aftermath;
use super::detached::{DetachedSlot, DetachedStack};
use super::shared_span::SharedSpan;
use super::slot::{Extra, Opener, Slot};
use super::span_stack::SpanStack;
use crate::tracer::core::Tracer;
use crate::util::counter::count;
use crate::util::tick::Tick;

/// A span's slot on the stack, between an entry and the exit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    /// The same span may be entered again before it is left.
    serial: u16,
}

impl SpanStack {
    /// Enters a span whose slot was parked by its last exit.
    pub(crate) fn reenter(&mut self, parked: &mut DetachedStack) -> Option<Entry> {
        if self.is_full() {
            return self.refuse_entry(parked.tracer()?);
        }
        let number = self.resume(parked)?;
        self.number_top(number)
    }

    /// Enters a span with a new slot.
    pub(crate) fn enter(&mut self, span: DetachedSlot) -> Option<Entry> {
        if self.is_full() {
            return self.refuse_entry(&span.home.tracer);
        }
        let number = span.slot.span.number;
        self.push_detached(span);
        self.number_top(number)
    }

    /// Starts a child of the active span without putting it on the stack. Its slot is parked. `None` if there is no active
    /// span.
    pub(crate) fn start_parked(
        &mut self,
        name: &'static str,
    ) -> Option<(Arc<SharedSpan>, Box<DetachedStack>)> {
        if !self.slots.last()?.is_plain() {
            self.renew_local_trace();
        }
        let parent = self.slots.last_mut()?;
        parent.is_known = true;
        let (index, mut span, sampled) = (parent.local_trace, parent.span, parent.sampled);
        let outbox = self.outboxes.get(parent.outbox)?;
        if outbox.tracer.inner().is_served() {
            return None;
        }
        if self.local_traces.start_elsewhere(index)? {
            span.start = Tick::now();
        }
        span.parent = span.number;
        span.number = self.numbers.take();
        span.name = name;
        let home = self.home_of_child(index)?;
        let details = self.details_pool.pop().unwrap_or_default();
        let shared = SharedSpan::new(span, details, home);
        let mut parked = self.pool.pop().unwrap_or_default();
        parked.place = self.local_traces.place_of(index);
        parked.own = Some(Slot {
            span,
            opener: Opener::Entry,
            sampled,
            finish_on_close: false,
            extra: Extra::Shared(Arc::clone(&shared)),
            ..Slot::VACANT
        });
        Some((shared, parked))
    }

    #[cold]
    fn refuse_entry(&self, tracer: &Tracer) -> Option<Entry> {
        count(&tracer.inner().stats.depth_limited_spans);
        None
    }

    fn number_top(&mut self, number: u64) -> Option<Entry> {
        self.entries = self.entries.wrapping_add(1);
        let serial = self.entries;
        self.slots.last_mut()?.entry = serial;
        Some(Entry { number, serial })
    }

    /// Leaves a span. Its slot is parked, if no other one is. Spans that were opened inside it stay on the stack.
    pub(crate) fn exit(
        &mut self,
        entry: Entry,
        parked: Option<&mut Option<Box<DetachedStack>>>,
    ) -> Option<Aftermath> {
        let index = self.position_of(entry)?;
        let is_top = index + 1 == self.slots.len();
        let mut aftermath: Option<Aftermath> = None;
        if !is_top {
            aftermath.get_or_insert_default().out_of_order = self.named_tracer(index);
        }
        match parked.filter(|parked| parked.as_ref().is_none_or(|stack| !stack.has_own())) {
            Some(parked) => {
                let mut stack = parked.take().or_else(|| self.pool.pop()).unwrap_or_default();
                self.park_own(index, &mut stack);
                *parked = Some(stack);
            }
            None => self.remove_entry(index, aftermath.get_or_insert_default()),
        }
        self.hand_over_if_due();
        aftermath
    }

    fn position_of(&self, entry: Entry) -> Option<usize> {
        self.slots.iter().rposition(|slot| {
            slot.span.number == entry.number && slot.opener == Opener::Entry && slot.entry == entry.serial
        })
    }

    fn remove_entry(&mut self, index: usize, aftermath: &mut Aftermath) {
        let Some(slot) = self.slots.remove(index) else {
            return;
        };
        self.leave_local_trace(slot.local_trace);
        aftermath.finish = slot.shared().map(|shared| (shared.clone(), false));
    }
}
