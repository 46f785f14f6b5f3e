//! Requests of other homeservers, whose trace we only know once we know who they are.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::headers::{INCOMING_REQUEST, extract};
use crate::codec::carrier::Carrier;
use crate::model::tag::tags;
use crate::span::active::active_span;
use crate::span::builder::{SpanBuilder, build_span};
use crate::span::future::in_span::{InSpan, TraceFutureExt};
use crate::span::handle::Span;
use crate::trust::parties::Origin;

/// Starts the span `incoming-federation-request`, for a request of another homeserver that has proved who it is.
///
/// A request has a span of our own first, the active one here: what it says of traces can only be believed once
/// its signature was checked. This is the second step. If the origin is on the whitelist and sent a context, the
/// new span is a child of it, so that the sender's trace goes on, and follows from the active span; and our own
/// trace gets a span `process-federation_request`, which follows from the new one and lasts as long, so that each
/// trace leads to the other. Else the new span is a child of the active one. It has the tags `span.kind` and
/// `peer.service` (the origin). It is no request of its own for the
/// [metrics of requests](crate::TracerBuilder::rpc_metrics), if the active span is one.
///
/// Both spans end when the future that is given to [`run`](IncomingFederationRequest::run) does, or is dropped.
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
    let mut builder = build_span(INCOMING_REQUEST).tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    if let Origin::AuthenticatedHomeserver(name) = origin {
        builder = builder.tag(tags::PEER_SERVICE, name.to_owned());
    }
    let outer = active_span();
    let start = |builder: SpanBuilder| {
        let span = builder.start();
        // One request is not counted twice.
        if outer.as_ref().is_some_and(Span::is_request) {
            span.set_no_request();
        }
        span
    };
    let Some(sender) = extract(carrier, origin) else {
        return IncomingFederationRequest {
            span: start(builder),
            marker: Marker(None),
        };
    };
    let local = outer.as_ref().and_then(Span::context);
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

/// A request of another homeserver, in its trace if we believe it; see [`incoming_federation_request`].
#[must_use = "the spans end when this is dropped"]
#[derive(Debug)]
pub struct IncomingFederationRequest {
    span: Span,
    marker: Marker,
}

impl IncomingFederationRequest {
    /// The span `incoming-federation-request`, for tags of your own.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Handles the request: the span is active whenever `work` is polled and while it is dropped.
    pub fn run<F: Future>(self, work: F) -> InFederationRequest<F> {
        InFederationRequest {
            work: work.in_span(self.span),
            marker: self.marker,
        }
    }
}

/// The span in our own trace that says where the request is handled. It ends with the request.
#[derive(Debug)]
struct Marker(Option<Span>);

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
        // After the work, so that it lasts until that is dropped.
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
