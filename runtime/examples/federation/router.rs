//! Where requests go, and what happens to all of them: their spans, and whose context is believed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use fedtrace::{
    Destination, Origin, TraceFutureExt, incoming_federation_request, inject_response_headers, set_tag, tags,
    trace_with_opname,
};
use tokio::net::TcpListener;

use crate::auth::authenticate_homeserver;
use crate::error::MatrixError;
use crate::events::lock;
use crate::homeserver::Homeserver;
use crate::{client_api, federation_api};

/// Answers the requests that come in here, from now on.
pub fn serve(server: &Arc<Homeserver>, listener: TcpListener) {
    let federation_api =
        federation_api::routes().route_layer(from_fn_with_state(Arc::clone(server), continue_trace));
    let client_api = client_api::routes().route_layer(from_fn_with_state(Arc::clone(server), tell_trace_id));
    let app: Router = federation_api
        .merge(client_api)
        .layer(from_fn_with_state(Arc::clone(server), trace_request))
        .layer(from_fn_with_state(Arc::clone(server), use_own_tracer))
        .with_state(Arc::clone(server));
    tokio::spawn(axum::serve(listener, app).into_future());
}

/// Three servers share this process, so each says whose spans these are. A server that has a process of its own
/// calls `fedtrace::init_tracer` once instead.
async fn use_own_tracer(State(server): State<Arc<Homeserver>>, request: Request, next: Next) -> Response {
    next.run(request).with_tracer(&server.tracer).await
}

/// The first step: a span for every request. Nothing that the request says of traces is believed here.
#[trace_with_opname("incoming-request")]
async fn trace_request(request: Request, next: Next) -> Response {
    set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    set_tag(tags::HTTP_METHOD, request.method().as_str());
    set_tag(tags::HTTP_URL, request.uri().path());
    let response = next.run(request).await;
    set_tag(tags::HTTP_STATUS_CODE, response.status().as_u16());
    response
}

/// The second step, for requests of other homeservers: once we know who it is, and if that server is on the
/// whitelist, the trace of the sender goes on here.
async fn continue_trace(
    State(server): State<Arc<Homeserver>>,
    mut request: Request,
    next: Next,
) -> Result<Response, MatrixError> {
    let headers = request.headers();
    lock(&server.received).push(headers.clone());
    let origin = authenticate_homeserver(headers, &server.name, |name| server.federation.knows(name))?;
    let sender = Origin::AuthenticatedHomeserver(origin.name());
    let incoming = incoming_federation_request(headers, sender);
    request.extensions_mut().insert(origin);
    Ok(incoming.run(next.run(request)).await)
}

/// Tells clients the id of the trace, so that a user can give it with a report of a problem.
async fn tell_trace_id(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    inject_response_headers(response.headers_mut(), Destination::Client);
    response
}
