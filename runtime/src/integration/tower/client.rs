//! The layer of a client and its service.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request;
use http::{Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use super::body::TracedBody;
use super::recipient::Recipient;
use super::request_span::RequestSpan;
use super::response_future::ResponseFuture;
use super::settings::Settings;
use crate::propagation::headers::inject;
use crate::tracer::global;
use crate::trust::parties::Destination;

/// Traces the requests of a client: a span for each, until the body of its answer was read or dropped, and the context in its
/// headers, as far as the recipient may have it.
///
/// The recipient is a [`Recipient`] among the extensions of the request, or what [`recipient`](Self::recipient) finds. It is never
/// guessed from the URL: that is where a server is, not who it is. Without one, nothing is injected, and that is logged. Trace
/// headers that somebody else wrote are removed in every case, also while tracing is off.
///
/// ```
/// use fedtrace::tower::{ClientLayer, Recipient};
/// use tower_layer::Layer as _;
///
/// # let connections = ();
/// // Where the URL does say who it is, because nobody else can have it:
/// let layer = ClientLayer::new().recipient(|request| {
///     let is_ours = request.uri.host() == Some("worker.internal");
///     is_ours.then_some(Recipient::Internal)
/// });
/// let client = layer.layer(connections);
/// ```
///
/// # The span
///
/// * It is a child of the active span. Its name is `outgoing-federation-request` for a homeserver, else `outgoing-request`, or what
///   [`name`](Self::name) says.
/// * Its tags are `span.kind=client`, `http.method`, `http.url` without the values of secrets, `http.status_code`, and the lengths in
///   bytes.
/// * To a homeserver, `peer.address` is its name, and `http.url` the path alone, as in Synapse. The query is left out, since it often
///   has the id of a user, and segments that are such ids are redacted.
/// * A 4xx or 5xx, an error, and a `grpc-status` other than zero, in the head or the trailers, mark it as failed, and so does an answer
///   of gRPC that ends without one. If the future or the body is dropped before its end, it has the tag `cancelled`.
///
/// A client that sends a request again if it fails does so outside of this layer, with [`Attempts`](super::Attempts).
///
/// A client that follows redirects below this layer sends the headers on to wherever it is sent: turn redirects off there. Above this
/// layer, tower-http's `FollowRedirect` drops the extensions, so that the next hop has no recipient and gets nothing; but it keeps
/// headers, so never find a recipient by a header.
#[derive(Debug, Clone, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ClientLayer {
    pub(in crate::integration) settings: Arc<Settings>,
}

impl ClientLayer {
    /// A layer with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the recipient of a request whose extensions have none.
    pub fn recipient(
        mut self,
        find: impl Fn(&request::Parts) -> Option<Recipient> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).find_recipient = Some(Arc::new(find));
        self
    }

    /// Names the span of a request. `None` keeps the default. Names are few: they are what traces are searched and sampled by.
    pub fn name<N: Into<Cow<'static, str>>>(
        mut self,
        name: impl Fn(&request::Parts) -> Option<N> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).set_name(name);
        self
    }

    /// Which statuses mark the span as failed; by default 4xx and 5xx do.
    pub fn is_failure(mut self, is_failure: impl Fn(StatusCode) -> bool + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).is_failure = Some(Arc::new(is_failure));
        self
    }

    /// Further names whose values `http.url` does not show; see [`ServerLayer::redact`](super::ServerLayer::redact).
    pub fn redact<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.settings).redact(names);
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client {
            inner,
            settings: Arc::clone(&self.settings),
        }
    }
}

/// A service whose requests are spans; see [`ClientLayer`].
#[derive(Debug, Clone)]
pub struct Client<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B, R> Service<Request<B>> for Client<S>
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
        let (mut head, body) = request.into_parts();
        let recipient = self.settings.recipient(&head);
        let destination = recipient
            .as_ref()
            .map_or(Destination::ThirdParty, Recipient::destination);
        if !global::is_on() {
            inject(&mut head.headers, destination);
            return ResponseFuture::untraced(self.inner.call(Request::from_parts(head, body)));
        }
        let request_span = RequestSpan::send(&head, recipient.as_ref(), &self.settings);
        ResponseFuture::traced(request_span, || {
            inject(&mut head.headers, destination);
            self.inner.call(Request::from_parts(head, body))
        })
    }
}
