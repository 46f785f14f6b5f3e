//! The turns of a future, and of a body after it, that only borrow their span.

use std::mem;

use super::in_span::{Entered, State};
use crate::delivery::details::End;
use crate::span::handle::Span;
use crate::span::stack;
use crate::span::stack::entering::ParkedEntry;
use crate::tracer::activity::ENABLED;

/// A borrowed span between two turns. It costs less than a [`State`] as long as nothing stays open inside of it, and passes on
/// from the future to the body.
pub(crate) enum Borrowed {
    Parked(ParkedEntry),
    /// There is no span, or something inside is still open.
    Other(State),
}

impl Borrowed {
    /// Whatever is active. This is also the state of what is done.
    pub(crate) const UNBOUND: Self = Self::Other(State::Unbound);

    /// Without a span, none is active.
    pub(crate) fn new(span: Option<&Span>) -> Self {
        match span.and_then(|span| span.shared.as_ref()) {
            Some(shared) => Self::Parked(ParkedEntry::of(shared)),
            None => Self::Other(State::Nothing(None)),
        }
    }

    pub(crate) fn enter(&mut self) -> Option<Turn> {
        if !ENABLED {
            return None;
        }
        match mem::replace(self, Self::UNBOUND) {
            Self::Parked(parked) => Some(Turn::enter(parked)),
            Self::Other(mut state) => {
                let entered = state.enter();
                *self = Self::Other(state);
                entered.map(Turn::Other)
            }
        }
    }
}

/// What is on the stack during a turn. It is removed when the turn ends, also by a panic.
pub(crate) enum Turn {
    Span(SpanTurn),
    Other(Entered),
}

impl Turn {
    fn enter(parked: ParkedEntry) -> Self {
        let mut parked = Some(parked);
        let number = stack::with(|local| local.enter_poll(&mut parked)).flatten();
        Self::Span(SpanTurn {
            number: number.unwrap_or(0),
            parked,
        })
    }

    pub(crate) fn leave(self) -> Borrowed {
        match self {
            Self::Span(span) => span.leave(),
            Self::Other(entered) => Borrowed::Other(entered.leave()),
        }
    }

    /// Leaves it for good: spans that are still open inside end.
    pub(crate) fn close(self) {
        match self {
            Self::Span(span) => drop(span),
            Self::Other(entered) => entered.close(End::Done),
        }
    }

    /// Leaves it for the body of the same span. Spans that are still open inside end as they do in [`close`](Self::close).
    pub(crate) fn pass_on(self, span: Option<&Span>) -> Borrowed {
        let left = self.leave();
        if matches!(left, Borrowed::Parked(_)) {
            return left;
        }
        let mut left = left;
        if let Some(turn) = left.enter() {
            turn.close();
        }
        Borrowed::new(span)
    }
}

pub(crate) struct SpanTurn {
    /// Zero if it is not on the stack.
    number: u64,
    /// The span, if it is not on the stack.
    parked: Option<ParkedEntry>,
}

impl SpanTurn {
    fn leave(mut self) -> Borrowed {
        let number = mem::take(&mut self.number);
        if let Some(parked) = self.parked.take() {
            return Borrowed::Parked(parked);
        }
        let left = stack::with(|local| match local.leave_poll(number) {
            Some(parked) => Some(Borrowed::Parked(parked)),
            None => {
                let detached = local.leave(number, None);
                detached.map(|detached| Borrowed::Other(State::Parked(detached)))
            }
        });
        left.flatten().unwrap_or(Borrowed::UNBOUND)
    }
}

impl Drop for SpanTurn {
    fn drop(&mut self) {
        let number = mem::take(&mut self.number);
        if number == 0 {
            return;
        }
        // The last reference to the span is dropped outside.
        let (left, aftermath) = stack::with(|local| match local.leave_poll(number) {
            Some(parked) => (Some(parked), None),
            None => (None, local.close_poll(number, End::Done)),
        })
        .unwrap_or_default();
        drop(left);
        if let Some(aftermath) = aftermath {
            aftermath.settle();
        }
    }
}
