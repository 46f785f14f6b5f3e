//! Streams with a span, from the call of the function that made them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::in_span::State;
use crate::delivery::details::End;
use crate::span::scope::Scope;

pin_project! {
    /// A stream with a span that lasts until the stream ends or is dropped.
    #[must_use = "streams do nothing unless they are polled"]
    pub struct TracedStream<S> {
        #[pin]
        stream: Option<S>,
        state: State,
    }

    impl<S> PinnedDrop for TracedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(entered) = this.state.enter() {
                this.stream.set(None);
                entered.close(End::Cancelled);
            }
        }
    }
}

impl<S: Stream> Stream for TracedStream<S> {
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

impl<S> fmt::Debug for TracedStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedStream").finish_non_exhaustive()
    }
}

/// A stream that takes over the span of a scope, for the code of the attributes. Between polls, the span is not on a
/// stack.
// Without a bound, so that a wrong type is reported only once, at the return type of the function.
#[inline]
pub fn carry_stream<S>(scope: Scope, stream: S) -> TracedStream<S> {
    TracedStream {
        stream: Some(stream),
        state: scope.carry().map_or(State::Unbound, State::Parked),
    }
}
