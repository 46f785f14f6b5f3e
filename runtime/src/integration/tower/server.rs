//! The layer of a server and its service.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use http::{request, response};
use tower_layer::Layer;
use tower_service::Service;

use super::body::TracedBody;
use super::request_span::RequestSpan;
use super::response_future::{Calling, ResponseFuture};
use super::settings::Settings;
use crate::span::handle::Span;
use crate::span::stack::frame::EmptyFrame;
use crate::tracer::global;

/// Traces the requests of a server: a span for each, from its head until the body of its answer was sent or dropped.
///
/// Put it outermost, so that what other layers do is inside: timeouts, limits, authentication and fallbacks. With axum, that is
/// the last call of `layer`. A request that passes two of these layers has two spans of a server, and counts twice in the
/// metrics of requests.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use fedtrace::tower::ServerLayer;
///
/// let app: Router = Router::new()
///     .route("/rooms/{room}/members", get(|| async { "[]" }))
///     .layer(ServerLayer::new().filter(|request| request.uri.path() != "/health"));
/// ```
///
/// # The span
///
/// * Its name is the method and the route (`GET /rooms/{room}/members`), with the feature `axum`, or what [`name`](Self::name)
///   says; else `unknown route`. A path would make a name for each room.
/// * Its tags are `span.kind=server`, `request_id` (the header `x-request-id` if it has at most 64 bytes, else a new one),
///   `http.method`, `http.url` (the path and the query, in which the values of secrets are redacted), `http.status_code`,
///   `http.request_content_length` and `http.response_content_length` in bytes, if they are known, and `peer.ipv4` or `peer.ipv6`
///   with `peer.port`, if the request's extensions have a `SocketAddr` or axum's `ConnectInfo` of one.
/// * A 5xx, a panic, and an error of the service or of the body mark it as failed.
/// * A call of gRPC has the tag `rpc.grpc.status_code`, from the head or the trailers. Without either it is `UNKNOWN`, 2. The codes
///   `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE` and `DATA_LOSS` mark the span as failed; for others,
///   the client is to blame. It has no route outside of tonic's router: name it by its path with [`name`](Self::name), for the paths
///   that exist.
/// * If the client goes away first, it has the tag `cancelled`, and `http.response_bytes_sent` if the head was sent before.
/// * A panic in a closure that the layer was given changes nothing: the default is used, and the panic is logged and counted.
/// * It is active in the service, in its future and while a part of the body is made. A handle to it, a [`Span`], is among the
///   request's extensions.
///
/// # Trust
///
/// Nothing is believed of clients: trace headers are ignored, but for [`internal`](Self::internal). What another homeserver sends
/// counts after its signature was checked, by [`incoming_federation_request`](crate::incoming_federation_request) or
/// [`Span::set_parent`](crate::Span::set_parent). The answer has the trace id if the configuration lets clients have it.
#[derive(Debug, Clone, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ServerLayer {
    settings: Arc<Settings>,
}

impl ServerLayer {
    /// A layer with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the span of a request. `None` keeps the name of the route. Names are few: they are what traces are searched and
    /// sampled by.
    pub fn name<N: Into<Cow<'static, str>>>(
        mut self,
        name: impl Fn(&request::Parts) -> Option<N> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).set_name(name);
        self
    }

    /// Which requests are traced; by default all are. What runs for the others has no active span, so a traced function in it begins a
    /// trace of its own.
    pub fn filter(mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).filter = Some(Arc::new(filter));
        self
    }

    /// Runs when the span has started, for example to set tags. It is active then.
    pub fn on_request(mut self, on_request: impl Fn(&request::Parts, &Span) + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).on_request = Some(Arc::new(on_request));
        self
    }

    /// Runs when the head of the answer is known.
    pub fn on_response(
        mut self,
        on_response: impl Fn(&response::Parts, &Span) + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).on_response = Some(Arc::new(on_response));
        self
    }

    /// Which statuses mark the span as failed; by default 5xx do.
    pub fn is_failure(mut self, is_failure: impl Fn(StatusCode) -> bool + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).is_failure = Some(Arc::new(is_failure));
        self
    }

    /// Further names whose values `http.url` does not show, in the query and as parameters of the route. Names with the words of
    /// `password`, `token`, `secret` and the others of [`#[tag_args]`](macro@crate::tag_args) are redacted anyway; in
    /// the query also `code`, `state`, `nonce`, `ticket`, `sig`, `signature` and `assertion`, and a value that has such a name in it,
    /// as a URL or JSON may. A path that is no route has no parameters: what stands there for one is shown.
    pub fn redact<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.settings).redact(names);
        self
    }

    /// Believes all trace headers of requests, and answers with the trace id. Only for a listener that nobody but our own
    /// processes can reach: whoever reaches it decides what is recorded.
    pub fn internal(mut self) -> Self {
        Arc::make_mut(&mut self.settings).is_internal = true;
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server {
            inner,
            settings: Arc::clone(&self.settings),
        }
    }
}

/// A service whose requests are spans; see [`ServerLayer`].
#[derive(Debug, Clone)]
pub struct Server<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B, R> Service<Request<B>> for Server<S>
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

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<S::Future> {
        if !global::is_on() {
            // So that a handler that asks for the span finds one.
            request.extensions_mut().insert(Span::NONE);
            return ResponseFuture::untraced(self.inner.call(request));
        }
        let mut asked = Some(None);
        if self.settings.asks() {
            (request, asked) = self.settings.ask(request);
        }
        let Some(name) = asked else {
            request.extensions_mut().insert(Span::NONE);
            let _frame = EmptyFrame::enter();
            return ResponseFuture::left_out(self.inner.call(request));
        };
        let request_span = RequestSpan::start(&mut request, name, &self.settings);
        let calling = Calling::begin(request_span);
        if self.settings.on_request.is_some() {
            request = self.settings.tell_on_request(request);
        }
        calling.end(self.inner.call(request))
    }
}
