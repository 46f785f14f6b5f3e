//! The turns of a future, and of a body after it, that only borrow their span.

use std::mem;

use super::in_span::{Entered, State};
use crate::delivery::details::End;
use crate::span::handle::Span;
use crate::span::stack;
use crate::span::stack::entering::ParkedEntry;
use crate::tracer::activity::{ENABLED, resume_if_forked};

/// A borrowed span between two turns. It costs less than a [`State`] as long as nothing stays open inside of it, and passes on
/// from the future to the body.
pub(crate) struct Borrowed {
    /// The span, if nothing is open inside.
    parked: Option<ParkedEntry>,
    /// Else what is active, if that is not whatever is active anyway.
    other: State,
}

impl Borrowed {
    /// Whatever is active. This is also the state of what is done.
    pub(crate) const UNBOUND: Self = Self::other(State::Unbound);

    pub(crate) const fn other(state: State) -> Self {
        Self {
            parked: None,
            other: state,
        }
    }

    /// Without a span, none is active.
    pub(crate) fn new(span: Option<&Span>) -> Self {
        match span.and_then(|span| span.shared.as_ref()) {
            Some(shared) => Self {
                parked: Some(ParkedEntry::of(shared)),
                other: State::Unbound,
            },
            None => Self::other(State::Nothing(None)),
        }
    }

    pub(crate) fn is_unbound(&self) -> bool {
        self.parked.is_none() && matches!(self.other, State::Unbound)
    }

    pub(crate) fn enter(&mut self) -> Option<Turn> {
        if !ENABLED {
            return None;
        }
        if self.parked.is_none() {
            return Some(Turn {
                number: 0,
                other: Some(self.other.enter()?),
            });
        }
        resume_if_forked();
        // Without a place on the stack, it stays parked.
        let number = stack::with(|local| local.enter_poll(&mut self.parked)).flatten();
        Some(Turn {
            number: number.unwrap_or(0),
            other: None,
        })
    }
}

/// What is on the stack during a turn. It is removed when the turn ends, also by a panic.
pub(crate) struct Turn {
    /// Zero if the span is not on the stack.
    number: u64,
    other: Option<Entered>,
}

impl Turn {
    /// Leaves it until the next turn.
    pub(crate) fn leave(mut self, to: &mut Borrowed) {
        if let Some(entered) = self.other.take() {
            to.other = entered.leave();
            return;
        }
        let number = mem::take(&mut self.number);
        if number == 0 {
            return;
        }
        let detached = stack::with(|local| match local.leave_poll(number, &mut to.parked) {
            true => None,
            false => local.leave(number, None),
        });
        if let Some(detached) = detached.flatten() {
            to.other = State::Parked(detached);
        }
    }

    /// Leaves it for good: spans that are still open inside end.
    pub(crate) fn close(mut self) {
        if let Some(entered) = self.other.take() {
            entered.close(End::Done);
        }
    }

    /// Leaves it for the body of the same span. Spans that are still open inside end as they do in [`close`](Self::close).
    pub(crate) fn pass_on(self, to: &mut Borrowed, span: Option<&Span>) {
        self.leave(to);
        if to.parked.is_none() {
            to.enter().into_iter().for_each(Self::close);
            *to = Borrowed::new(span);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let number = mem::take(&mut self.number);
        if number == 0 {
            return;
        }
        // The last reference to the span is dropped outside.
        let mut left = None;
        let aftermath = stack::with(|local| match local.leave_poll(number, &mut left) {
            true => None,
            false => local.close_poll(number, End::Done),
        });
        if let Some(aftermath) = aftermath.flatten() {
            aftermath.settle();
        }
    }
}
