//! The second step of a request of another homeserver: its origin is proven.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::body::TracedBody;
use super::request_span::RequestSpan;
use super::response_future::ResponseFuture;
use super::settings::Settings;
use crate::propagation::incoming_request::incoming_federation_request;
use crate::span::bound::BoundSpan;
use crate::span::enclosing::enclosing_request;
use crate::span::handle::Span;
use crate::tracer::global;
use crate::trust::parties::Origin;

/// The homeserver whose signature a request carries, checked. Who authenticates requests puts it into their extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatedOrigin(pub String);

/// Traces requests of other homeservers behind their authentication, as
/// [`incoming_federation_request`](crate::incoming_federation_request) does: the sender's trace continues if the whitelist has the
/// sender.
///
/// The layer that checks signatures, which is outside of this one, puts an [`AuthenticatedOrigin`] into the extensions of the
/// request. A request without it passes as it is.
///
/// Like that of [`ServerLayer`](super::ServerLayer), the span ends when the body of the answer was sent or dropped, and has
/// `http.status_code`. As in Synapse, an answer of 4xx or 5xx marks it as failed. A request has one span with
/// `span.kind=server`, and counts once in the metrics of requests: with a `ServerLayer` outside, that is the span of that layer, which
/// also gets `authenticated_entity`. A request that goes on in another task in between, as behind a buffer, is known by the
/// [`Span`] among its extensions.
///
/// The answer does not tell the id of our trace, whatever clients are told. An answer that another layer gives before, such as
/// a refusal of the signature, is one for clients.
///
/// Where the signature is checked in an extractor or in the handler, nothing can be wrapped. There, make the span of the request
/// itself a child of the sender's, by [`Span::set_parent`](crate::Span::set_parent), or wrap the rest of the handler in
/// [`incoming_federation_request`](crate::incoming_federation_request).
///
/// ```
/// use axum::extract::Request;
/// use axum::middleware::{Next, from_fn};
/// use axum::response::Response;
/// use axum::{Router, routing::put};
/// use fedtrace::tower::{AuthenticatedOrigin, FederationLayer, ServerLayer};
///
/// async fn authenticate(mut request: Request, next: Next) -> Response {
///     let origin = /* check the signature */ "matrix.org".to_owned();
///     request.extensions_mut().insert(AuthenticatedOrigin(origin));
///     next.run(request).await
/// }
///
/// let app: Router = Router::new()
///     .route("/_matrix/federation/v1/send/{transaction}", put(|| async { "{}" }))
///     .layer(FederationLayer::new())
///     .layer(from_fn(authenticate))
///     .layer(ServerLayer::new());
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct FederationLayer(());

impl FederationLayer {
    /// The layer.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for FederationLayer {
    type Service = Federation<S>;

    fn layer(&self, inner: S) -> Federation<S> {
        Federation {
            inner,
            settings: Arc::default(),
        }
    }
}

/// A service for requests of other homeservers; see [`FederationLayer`].
#[derive(Debug, Clone)]
pub struct Federation<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B, R> Service<Request<B>> for Federation<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: http_body::Body,
{
    type Response = Response<TracedBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture<S::Future> {
        let origin = request.extensions().get::<AuthenticatedOrigin>();
        let Some(AuthenticatedOrigin(name)) = origin.filter(|_| global::is_on()) else {
            return ResponseFuture::untraced(self.inner.call(request));
        };
        let incoming =
            || incoming_federation_request(request.headers(), Origin::AuthenticatedHomeserver(name));
        let incoming = match request_elsewhere(&request) {
            Some(span) => BoundSpan::of(span).in_scope(incoming),
            None => incoming(),
        };
        let (head, body) = request.into_parts();
        let span = RequestSpan::federation(incoming, &head, &self.settings);
        ResponseFuture::traced(span, || self.inner.call(Request::from_parts(head, body)))
    }
}

/// The span of the request, if it is not around this because the request goes on in another task, as behind a buffer.
fn request_elsewhere<B>(request: &Request<B>) -> Option<Span> {
    if enclosing_request().is_some() {
        return None;
    }
    let span = request.extensions().get::<Span>();
    span.filter(|span| span.is_open_request()).cloned()
}
