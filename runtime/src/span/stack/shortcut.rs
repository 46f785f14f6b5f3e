//! The short way of most spans onto a stack and off it.
//!
//! Nothing is called in here, nothing grows, and whatever is unusual is left to [`opening`](super::opening) and
//! [`closing`](super::closing), which look again. So hardly any register has to be saved for a call, which was a sixth of the
//! instructions of a span.

use super::slot::Opener;
use super::span_stack::SpanStack;
use crate::util::tick::Tick;

impl SpanStack {
    /// Opens a child of the active span, as [`push_child`](Self::push_child) does. `None` if that is not possible at once; then
    /// nothing was done.
    #[inline(always)]
    pub(crate) fn push_child_at_once(&mut self, name: &'static str, opener: Opener) -> Option<u64> {
        let (top, slot) = self.slots.last_and_ready()?;
        let local_trace = self.local_traces.get_mut(top.local_trace)?;
        if !top.is_plain() {
            return None;
        }
        let start = match local_trace.is_timed() {
            true => Tick::of_counter_now()?,
            false => top.span.start,
        };
        let number = self.numbers.take_at_once()?;
        local_trace.start_child();
        slot.begin_below(top, (number, start), name, opener);
        self.slots.add();
        Some(number)
    }

    /// Closes the active span, as [`finish_plainly`](Self::finish_plainly) does. False if that is not possible at once; then
    /// nothing was done.
    #[inline(always)]
    pub(crate) fn finish_at_once(&mut self, number: u64, opener: Opener) -> bool {
        let Some(top) = self.slots.last().filter(|top| top.span.parent != 0) else {
            return false;
        };
        let Some(local_trace) = self.local_traces.get_mut(top.local_trace) else {
            return false;
        };
        // The last span takes the local trace along.
        let is_usual =
            top.span.number == number && top.opener == opener && top.is_plain() && !local_trace.is_last();
        if !is_usual {
            return false;
        }
        if top.sampled {
            let Some(outbox) = self.outboxes.get_mut(top.outbox) else {
                return false;
            };
            if !outbox.add_at_once(local_trace, &top.span, top.chain) {
                return false;
            }
        } else if !top.chain.is_empty() {
            return false;
        }
        local_trace.close_one();
        self.slots.drop_last();
        true
    }
}
