//! Access to the span behind one of `tracing`.

use std::sync::Arc;

use tracing::Dispatch;
use tracing::span::Id;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanData as _};

use super::traced_span::TracedSpan;
use crate::span::handle::Span;
use crate::span::stack::shared_span::SharedSpan;
use crate::tracer::span_context::SpanContext;

/// What spans of `tracing` can do with a [`TracingLayer`](crate::TracingLayer), as `OpenTelemetrySpanExt` has it.
///
/// Without the layer, for a span that its filters removed, and when tracing is off, the methods do nothing. The subscriber
/// has to be made of a [`Registry`].
///
/// ```
/// use fedtrace::{Origin, TracingSpanExt as _, extract};
///
/// # let headers = http::HeaderMap::new();
/// let span = tracing::info_span!("incoming-request");
/// // After the signature of the request was checked:
/// if let Some(remote) = extract(&headers, Origin::AuthenticatedHomeserver("matrix.org")) {
///     span.set_parent(remote);
/// }
/// ```
pub trait TracingSpanExt {
    /// The context of the span, to which other spans can refer. It can be stored, or sent to another of our own processes, with
    /// [`context_to_string`](crate::context_to_string); a request that is made inside the span has it by
    /// [`inject`](crate::inject).
    fn context(&self) -> Option<SpanContext>;

    /// Makes it a child of another span. Returns whether it is one now; see [`Span::set_parent`](crate::Span::set_parent) for
    /// when that is refused. The context of another server comes from [`extract`](crate::extract), which has judged it.
    fn set_parent(&self, parent: SpanContext) -> bool;

    /// Adds a reference to a span that caused this one and does not wait for it; see
    /// [`Span::follows_from`](crate::Span::follows_from).
    fn add_reference(&self, cause: SpanContext);
}

impl TracingSpanExt for tracing::Span {
    fn context(&self) -> Option<SpanContext> {
        traced(self)?.context()
    }

    fn set_parent(&self, parent: SpanContext) -> bool {
        traced(self).is_some_and(|span| span.set_parent(parent))
    }

    fn add_reference(&self, cause: SpanContext) {
        if let Some(span) = traced(self) {
            span.follows_from(cause);
        }
    }
}

fn traced(span: &tracing::Span) -> Option<Span> {
    span.with_subscriber(|(id, dispatch)| find(dispatch, id, false))
        .flatten()
}

/// The span that `tracing` takes for the current one, or the next one around it that was not filtered out. `None` inside of a call
/// of the subscriber.
pub(super) fn current() -> Option<Arc<SharedSpan>> {
    tracing::dispatcher::get_default(|dispatch| {
        let current = dispatch.current_span();
        find(dispatch, current.id()?, true)?.shared
    })
}

/// The span with this id, or the next one around it that was not filtered out.
pub(super) fn find(dispatch: &Dispatch, id: &Id, or_ancestor: bool) -> Option<Span> {
    let registry = dispatch.downcast_ref::<Registry>()?;
    let mut id = id.clone();
    loop {
        let data = registry.span_data(&id)?;
        if let Some(traced) = data.extensions().get::<TracedSpan>() {
            return Some(traced.clone().into_span());
        }
        id = data.parent().filter(|_| or_ancestor)?.clone();
    }
}
