//! Streams whose items are polled in a span.

use futures_core::Stream;

use crate::span::active::active_span;
use crate::span::future::in_span::State;
use crate::span::future::stream::InSpanStream;
use crate::span::handle::Span;

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
        InSpanStream::new(self, State::new(Some(span), true))
    }

    /// Polls this stream in the currently active span. It does not end that span. If no span is active now, the stream is
    /// polled without an active span.
    fn in_active_span(self) -> InSpanStream<Self> {
        InSpanStream::new(self, State::new(active_span(), false))
    }
}

impl<S: Stream> TraceStreamExt for S {}
