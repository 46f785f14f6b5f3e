//! The parent and the causes of an open span, changed after its start.

use super::frame::EmptyFrame;
use super::shared_span::{SharedSpan, State};
use crate::delivery::identity::Identity;
use crate::model::finished_span::Reference;
use crate::model::flags::TraceFlags;
use crate::model::trace_context::TraceContext;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;

impl SharedSpan {
    /// Gives the span another parent. Returns whether it has that now.
    pub(crate) fn set_parent(&self, parent: &SpanContext) -> bool {
        let is_foreign = |tracer: &Tracer| !tracer.is_same(&self.tracer);
        let names_no_span = parent.context.seed.is_some();
        let is_possible = !names_no_span && !parent.tracer.as_ref().is_some_and(is_foreign);
        let mut is_set = false;
        let local_root = self.identity().local_root;
        // The sampler is user code, so it is asked before the span is locked.
        let decided = self.decide_below(&parent.context);
        self.change("set_parent", |state| {
            is_set = is_possible && self.adopt(state, &parent.context, decided);
        });
        // It stays the request of whom it is.
        if is_set && self.tracer.answers_homeserver(local_root) {
            self.answer_homeserver();
        }
        is_set
    }

    /// What the sampler says of the parent's trace, if its sender leaves that to this span. What it has said before was about
    /// another trace.
    fn decide_below(&self, parent: &TraceContext) -> Option<TraceFlags> {
        let is_asked = || self.adoption.is_possible() && !self.is_forced() && self.is_open();
        if !parent.is_undecided || !is_asked() {
            return None;
        }
        let _frame = EmptyFrame::above_spans_of(&self.tracer);
        let (flags, _) = self.tracer.inner().decide(parent.trace_id, &self.full_name())?;
        Some(flags)
    }

    fn adopt(&self, state: &mut State, parent: &TraceContext, decided: Option<TraceFlags>) -> bool {
        let rejected = self.tracer.inner().rejected();
        let mut identity = Identity::below(parent, self.identity.key, rejected).with_root(self.number());
        if parent.is_undecided {
            // It may have been forced since.
            let decided = decided.filter(|_| !self.is_forced());
            identity.flags = decided.unwrap_or_else(|| self.flags());
        }
        // Announced first: who sees the new ids also sees that flags and baggage changed, and waits for the lock.
        let is_adopted = self.adoption.adopt(identity, || self.count_change());
        if is_adopted {
            state.baggage = parent.baggage.clone();
            self.set_flags(identity.flags);
            // Jaeger would not show it as the parent of a span that also follows from it.
            let parent = Reference::follows_from(parent.trace_id, parent.span_id);
            state.details().forget_reference(&parent);
        }
        is_adopted
    }

    fn is_forced(&self) -> bool {
        self.flags().contains(TraceFlags::FORCED)
    }

    /// Adds a reference to a span that caused it.
    pub(crate) fn follow(&self, cause: &TraceContext) {
        let reference = Reference::follows_from(cause.trace_id, cause.span_id);
        self.change_details("follows_from", |details, room| {
            if !self.is_child_of(cause) && !self.is(cause) {
                details.follow(reference, room);
            }
        });
    }

    fn is(&self, context: &TraceContext) -> bool {
        let identity = self.identity();
        let own = (identity.trace_id, identity.key.span_id(self.number()));
        own == (context.trace_id, context.span_id)
    }

    fn is_child_of(&self, cause: &TraceContext) -> bool {
        let (identity, parent) = (self.identity(), self.start().parent);
        let parent = match parent {
            0 => identity.parent,
            number => Some(identity.key.span_id(number)),
        };
        (cause.trace_id, Some(cause.span_id)) == (identity.trace_id, parent)
    }
}
