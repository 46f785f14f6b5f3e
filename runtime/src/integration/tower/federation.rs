//! The second step of a request of another homeserver: its origin is proven.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::recipient::ToHomeserver;
use crate::model::tag::tags;
use crate::propagation::incoming_request::{InFederationRequest, incoming_federation_request};
use crate::span::active::set_tag;
use crate::span::bound::BoundSpan;
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
/// request. A request without it passes as it is. Like in Synapse, an answer of 4xx or 5xx marks the span as failed. The answer does
/// not have the trace id that a [`ServerLayer`](super::ServerLayer) may tell clients.
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
        Federation { inner }
    }
}

/// A service for requests of other homeservers; see [`FederationLayer`].
#[derive(Debug, Clone)]
pub struct Federation<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Federation<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = FederationFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> FederationFuture<S::Future> {
        let origin = request.extensions().get::<AuthenticatedOrigin>();
        let Some(AuthenticatedOrigin(name)) = origin.filter(|_| global::is_on()) else {
            let future = self.inner.call(request);
            return FederationFuture {
                state: State::Plain { future },
            };
        };
        let incoming = incoming_federation_request(request.headers(), Origin::AuthenticatedHomeserver(name));
        let span = incoming.span().clone();
        let future = BoundSpan::of(span).in_scope(|| self.inner.call(request));
        let future = incoming.run(Answered { future });
        FederationFuture {
            state: State::Traced { future },
        }
    }
}

pin_project! {
    /// The future of a [`Federation`].
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct FederationFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<F> {
        Traced {
            #[pin]
            future: InFederationRequest<Answered<F>>,
        },
        // Any request that no homeserver has signed.
        Plain {
            #[pin]
            future: F,
        },
    }
}

impl<F, R, E> Future for FederationFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().state.project() {
            Projected::Traced { future } => future.poll(cx),
            Projected::Plain { future } => future.poll(cx),
        }
    }
}

impl<F> fmt::Debug for FederationFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FederationFuture").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that says on the active span how it was answered.
    #[must_use = "futures do nothing unless they are awaited or polled"]
    struct Answered<F> {
        #[pin]
        future: F,
    }
}

impl<F, R, E> Future for Answered<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut answer = self.project().future.poll(cx);
        match &mut answer {
            Poll::Pending => {}
            Poll::Ready(Ok(answer)) => {
                answer.extensions_mut().insert(ToHomeserver);
                let status = answer.status();
                set_tag(tags::HTTP_STATUS_CODE, status.as_u16());
                if status.is_client_error() || status.is_server_error() {
                    set_tag(tags::ERROR, true);
                }
            }
            Poll::Ready(Err(_)) => set_tag(tags::ERROR, true),
        }
        answer
    }
}
