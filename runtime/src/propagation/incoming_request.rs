//! Requests of other homeservers, whose trace context is trusted only after authentication.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::headers::{INCOMING_REQUEST, extract};
use crate::codec::carrier::Carrier;
use crate::model::tag::tags;
use crate::span::active::active_span;
use crate::span::builder::{SpanBuilder, build_span};
use crate::span::enclosing::enclosing_request;
use crate::span::future::in_span::{InSpan, TraceFutureExt};
use crate::span::handle::Span;
use crate::trust::parties::Origin;

/// Starts the span `incoming-federation-request`, for a request of an authenticated homeserver.
///
/// A request first gets a span in our own trace, which is active at this call, because its trace context
/// cannot be trusted before its signature was checked. This function is the second step.
///
/// If the origin is on the whitelist and sent a context, the new span is a child of that context, so that the
/// sender's trace continues, and follows from the active span. Our own trace then gets a span
/// `process-federation_request`, which follows from the new one and lasts as long, so that each trace refers
/// to the other. Otherwise the new span is a child of the active one.
///
/// The new span has the tag `peer.service` (the origin), and the span of the request `authenticated_entity`, as in
/// Synapse. The span of the request is the innermost one around this call with `span.kind=server`. Without such a span,
/// or if it is not recorded, the new one has this tag, so that one recorded span stands for the request. The
/// [metrics of requests](crate::TracerBuilder::rpc_metrics) count it once too.
///
/// Both spans end when the future that is passed to [`run`](IncomingFederationRequest::run) completes or is
/// dropped.
///
/// ```
/// use fedtrace::{Origin, incoming_federation_request};
///
/// # struct Request { headers: http::HeaderMap }
/// # async fn handle(request: Request) -> u16 { 200 }
/// async fn after_authentication(request: Request, origin: &str) -> u16 {
///     let incoming =
///         incoming_federation_request(&request.headers, Origin::AuthenticatedHomeserver(origin));
///     incoming.run(handle(request)).await
/// }
/// ```
pub fn incoming_federation_request<C: Carrier + ?Sized>(
    carrier: &C,
    origin: Origin<'_>,
) -> IncomingFederationRequest {
    let request = enclosing_request();
    let mut builder = build_span(INCOMING_REQUEST);
    if !request.as_ref().is_some_and(Span::is_recorded) {
        builder = builder.tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    }
    if let Origin::AuthenticatedHomeserver(name) = origin {
        builder = builder.tag(tags::PEER_SERVICE, name.to_owned());
    }
    let start = |builder: SpanBuilder| {
        let span = builder.start();
        // A request is not counted twice.
        if request.is_some() {
            span.set_no_request();
        }
        if let Origin::AuthenticatedHomeserver(name) = origin {
            let of_request = request.as_ref().unwrap_or(&span);
            of_request.set_tag(tags::AUTHENTICATED_ENTITY, name);
            span.answer_homeserver();
        }
        span
    };
    let Some(sender) = extract(carrier, origin) else {
        return IncomingFederationRequest {
            span: start(builder),
            marker: Marker(None),
        };
    };
    let local = active_span().and_then(|span| span.context());
    let span = start(builder.child_of(sender).follows_from(local.clone()));
    let marker = local.map(|local| {
        build_span("process-federation_request")
            .child_of(local)
            .follows_from(span.context())
            .start()
    });
    IncomingFederationRequest {
        span,
        marker: Marker(marker),
    }
}

/// A request of another homeserver, in its trace if that is trusted; see [`incoming_federation_request`].
#[must_use = "the spans end when this is dropped"]
#[derive(Debug)]
pub struct IncomingFederationRequest {
    span: Span,
    marker: Marker,
}

impl IncomingFederationRequest {
    /// The span `incoming-federation-request`, to add tags to it.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// The span, and what ends with it.
    #[cfg(feature = "tower")]
    pub(crate) fn into_parts(self) -> (Span, Marker) {
        (self.span, self.marker)
    }

    /// Handles the request: the span is active whenever `work` is polled and while it is dropped.
    pub fn run<F: Future>(self, work: F) -> InFederationRequest<F> {
        InFederationRequest {
            work: work.in_span(self.span),
            marker: self.marker,
        }
    }
}

/// The span in our own trace that refers to the span of the request. It ends with the request.
#[derive(Debug)]
pub(crate) struct Marker(Option<Span>);

impl Marker {
    fn finish(&mut self) {
        if let Some(span) = self.0.take() {
            span.finish();
        }
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        self.finish();
    }
}

pin_project! {
    /// The handling of a request of another homeserver; see [`IncomingFederationRequest::run`].
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct InFederationRequest<F> {
        #[pin]
        work: InSpan<F>,
        // After the work, so that it lasts until the work is dropped.
        marker: Marker,
    }
}

impl<F: Future> Future for InFederationRequest<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let poll = this.work.poll(cx);
        if poll.is_ready() {
            this.marker.finish();
        }
        poll
    }
}

impl<F> fmt::Debug for InFederationRequest<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFederationRequest").finish_non_exhaustive()
    }
}
