//! Streams whose items are polled in a span.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::delivery::details::End;
use crate::span::active::active_span;
use crate::span::future::in_span::State;
use crate::span::handle::Span;

pin_project! {
    /// A stream whose items are polled in a span, or without one; see [`TraceStreamExt`].
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

/// Polls streams in spans, as [`TraceFutureExt`](crate::TraceFutureExt) does with futures.
///
/// The span is active while the stream makes an item, and not while its consumer works on the item.
///
/// ```
/// use fedtrace::{TraceStreamExt as _, build_span};
/// use futures_core::Stream;
///
/// fn backfill(events: impl Stream<Item = u64>) -> impl Stream<Item = u64> {
///     events.in_span(build_span("backfill").start())
/// }
/// ```
pub trait TraceStreamExt: Stream + Sized {
    /// Polls this stream in `span`, which is active while an item is polled and while the stream is dropped, and ends
    /// when the stream says that it has no more items. If the stream is dropped before, the span gets the tag `cancelled`.
    ///
    /// If `span` is none, because tracing was off, the stream is polled without an active span.
    fn in_span(self, span: Span) -> InSpanStream<Self> {
        InSpanStream {
            stream: Some(self),
            state: State::new(Some(span), true),
        }
    }

    /// Polls this stream in the currently active span. It does not end that span. If no span is active now, the stream is
    /// polled without an active span.
    fn in_active_span(self) -> InSpanStream<Self> {
        InSpanStream {
            stream: Some(self),
            state: State::new(active_span(), false),
        }
    }
}

impl<S: Stream> TraceStreamExt for S {}
