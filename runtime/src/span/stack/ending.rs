//! The end of spans, on a stack or off it.

use std::borrow::Cow;
use std::mem;
use std::time::SystemTime;

use super::aftermath::Aftermath;
use super::detached::{DetachedSlot, DetachedStack};
use super::details::new_details;
use super::shared_span::{SharedSpan, State};
use super::slot::Extra;
use super::span_stack::{SpanStack, with};
use crate::delivery::batch::EndingSpan;
use crate::delivery::details::{Details, End};
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::util::clock;
use crate::util::counter::count;
use crate::util::diagnostics;
use crate::util::tick::Tick;

/// Hands over a span that was not on a stack. Its details are kept for another one.
fn submit(tracer: &Tracer, ending: &EndingSpan<'_>) {
    if with(|local| local.add_ending(tracer, ending)).is_none() {
        tracer.inner().add_stray(ending);
    }
}

fn keep(details: Box<Details>) {
    with(|local| local.keep_details(details));
}

/// Ends the spans of a future, without a stack.
pub(crate) fn end_detached(mut detached: DetachedStack, end: End) {
    for detached in detached.take_inner() {
        end_detached_span(detached, End::Done);
    }
    if let Some(own) = detached.take_own() {
        end_detached_span(own, end);
    }
}

impl DetachedSlot {
    /// Drops a span that found no place on a stack. Its start is not counted, and so its end is not either.
    pub(crate) fn discard(self) {
        if let Some(shared) = self.slot.shared() {
            shared.state().finished = true;
        }
    }
}

fn end_detached_span(detached: DetachedSlot, end: End) {
    let DetachedSlot { slot, home } = detached;
    let details = match slot.extra {
        Extra::Shared(shared) => {
            if slot.finish_on_close {
                shared.mark(end);
                shared.finish_at_close();
            }
            return;
        }
        Extra::Own(details) => Some(details),
        Extra::None if end == End::Done => None,
        Extra::None => Some(Box::default()),
    };
    if !slot.sampled {
        count(&home.tracer.inner().stats.finished_unsampled_spans);
    } else {
        let details = details.map(|mut details| {
            details.mark(end);
            details.discharge();
            details
        });
        let ending = EndingSpan {
            span: slot.span,
            end: Tick::now(),
            identity: home.identity,
            details: details.as_deref(),
            decision: &home.decision,
        };
        submit(&home.tracer, &ending);
        details.into_iter().for_each(keep);
    }
}

impl SharedSpan {
    pub(crate) fn finish(&self, at: Option<SystemTime>) {
        let end = Tick::now();
        activity::resume_if_forked();
        self.change("finish", |state| {
            state.finished = true;
            self.submit(state, end, at);
        });
    }

    /// Finishes the span, unless it has finished already, when its scope is closed.
    pub(crate) fn finish_at_close(&self) {
        self.finish_unless_done(Tick::now());
    }

    /// Finishes the span at this time, unless it has finished already.
    pub(crate) fn finish_unless_done(&self, end: Tick) {
        let mut state = self.state();
        if !mem::replace(&mut state.finished, true) {
            self.submit(&mut state, end, None);
        }
    }

    pub(super) fn submit(&self, state: &mut State, end: Tick, at: Option<SystemTime>) {
        if state.request.is_incoming() {
            self.count_request(state, end, at);
        }
        state.last_name = state.name();
        let mut details = state.details.take();
        if self.flags().is_recorded() {
            if let Some(at) = at {
                details.get_or_insert_with(new_details).set_end(at);
            }
            // What it has taken of the memory is counted with the batch from here on.
            details.iter_mut().for_each(|details| details.discharge());
            let ending = EndingSpan {
                span: self.start(),
                end,
                identity: self.identity(),
                details: details.as_deref(),
                decision: self.decision(),
            };
            submit(&self.tracer, &ending);
        } else {
            count(&self.tracer.inner().stats.finished_unsampled_spans);
        }
        details.into_iter().for_each(keep);
        if let Some(open) = self.tracer.inner().open_spans() {
            open.notify();
        }
    }

    #[cold]
    fn count_request(&self, state: &State, end: Tick, at: Option<SystemTime>) {
        let Some(requests) = &self.tracer.inner().requests else {
            return;
        };
        let mut latency = clock::duration(self.start().start, end);
        let start = state.details.as_ref().and_then(|details| details.start());
        if start.is_some() || at.is_some() {
            let now = SystemTime::now();
            let start = start.or_else(|| now.checked_sub(latency)).unwrap_or(now);
            latency = at.unwrap_or(now).duration_since(start).unwrap_or_default();
        }
        let name = state.name().unwrap_or(Cow::Borrowed(self.start().name));
        requests.count(&name, state.request, latency);
    }
}

impl Drop for SharedSpan {
    fn drop(&mut self) {
        if self.has_finished() {
            return;
        }
        let mut state = self.state();
        if !mem::replace(&mut state.finished, true) {
            count(&self.tracer.inner().stats.abandoned_spans);
            self.submit(&mut state, Tick::now(), None);
        }
    }
}

impl Aftermath {
    pub(crate) fn settle(self) {
        if let Some((shared, true)) = &self.finish {
            shared.finish_at_close();
        }
        if let Some((name, tracer)) = self.out_of_order {
            count(&tracer.inner().stats.out_of_order_closes);
            diagnostics::warn_now_and_then(&OUT_OF_ORDER, || {
                format!("the scope of \"{name}\" was closed before one that was opened inside it")
            });
        }
        for detached in self.leaked {
            count(&detached.home.tracer.inner().stats.leaked_scopes);
            end_detached_span(detached, End::Done);
        }
    }
}

static OUT_OF_ORDER: diagnostics::NowAndThen = diagnostics::NowAndThen::new();

impl Drop for SpanStack {
    fn drop(&mut self) {
        while let Some(slot) = self.slots.pop() {
            if let Some(tracer) = self.tracer(&slot).filter(|_| slot.is_span()) {
                count(&tracer.inner().stats.leaked_scopes);
            }
            // Spans with handles find no stack any more, and go directly to the tracer.
            let mut aftermath = Aftermath::default();
            self.finish(slot, End::Done, &mut aftermath);
            aftermath.settle();
        }
        self.outboxes.hand_over_last();
    }
}
