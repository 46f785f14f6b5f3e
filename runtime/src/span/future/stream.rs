//! Streams whose items are polled in a span.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::in_span::State;
use crate::delivery::details::End;
use crate::span::scope::Scope;

pin_project! {
    /// A stream whose items are polled in a span, or without one; see [`TraceStreamExt`](crate::TraceStreamExt).
    #[must_use = "streams do nothing unless they are polled"]
    pub struct InSpanStream<S> {
        #[pin]
        stream: Option<S>,
        state: State,
    }

    impl<S> PinnedDrop for InSpanStream<S> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(entered) = this.state.enter() {
                this.stream.set(None);
                entered.close(End::Cancelled);
            }
        }
    }
}

impl<S: Stream> Stream for InSpanStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(entered) = this.state.enter() else {
            return stream.poll_next(cx);
        };
        let poll = stream.poll_next(cx);
        if let Poll::Ready(None) = poll {
            entered.close(End::Done);
        } else {
            *this.state = entered.leave();
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

impl<S> fmt::Debug for InSpanStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpanStream").finish_non_exhaustive()
    }
}

impl<S> InSpanStream<S> {
    pub(crate) fn new(stream: S, state: State) -> Self {
        Self {
            stream: Some(stream),
            state,
        }
    }
}

/// A stream that takes over the span of a scope, for the code of the attributes. Between polls, the span is not on a
/// stack.
// Without a bound, so that a wrong type is reported only once, at the return type of the function.
#[inline]
pub fn carry_stream<S>(scope: Scope, stream: S) -> InSpanStream<S> {
    InSpanStream::new(stream, scope.carry().map_or(State::Unbound, State::Parked))
}
