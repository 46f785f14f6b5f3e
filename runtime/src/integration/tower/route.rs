//! Names of spans that are known only behind the router.

use std::task::{Context, Poll};

use axum::extract::MatchedPath;
use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use super::matched_route::{full_uri, route_name};
use super::request_span::say_url;
use super::shown_url::shown_url;
use super::told::{self, Told};
use crate::span::handle::Span;

/// Names the span of a [`ServerLayer`](super::ServerLayer) that is outside of the router and so does not know the route.
///
/// The sampler was asked for the operation `unknown route` then, and is not asked again: only a layer of the router
/// (`router.layer(ServerLayer::new())`), or [`ServerLayer::name`](super::ServerLayer::name), lets routes be sampled differently.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use fedtrace::tower::{RouteLayer, ServerLayer};
/// use tower_layer::Layer as _;
///
/// let app: Router = Router::new()
///     .route("/rooms/{room}/members", get(|| async { "[]" }))
///     .route_layer(RouteLayer);
/// let app = ServerLayer::new().layer(app);
/// # let _ = app;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RouteLayer;

impl<S> Layer<S> for RouteLayer {
    type Service = NameByRoute<S>;

    fn layer(&self, inner: S) -> NameByRoute<S> {
        told::expect_questions();
        NameByRoute { inner }
    }
}

/// A service that names the span of the request by its route; see [`RouteLayer`].
#[derive(Debug, Clone)]
pub struct NameByRoute<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for NameByRoute<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let (head, body) = request.into_parts();
        let span = head.extensions.get::<Span>();
        let route = head.extensions.get::<MatchedPath>();
        let told = head.extensions.get::<Told>();
        if let (Some(span), Some(route), Some(told)) = (span, route, told) {
            let (name, template) = route_name(&head.method, Some(route.as_str()));
            if !told.is_named {
                span.set_operation_name(name);
            }
            // Only the route says which parts of the path are secrets.
            say_url(span, |limit| {
                shown_url(
                    full_uri(&head.uri, &head.extensions),
                    template,
                    &told.settings.secrets,
                    limit,
                )
            });
        }
        self.inner.call(Request::from_parts(head, body))
    }
}
