//! Where requests go, and what happens to all of them: their spans, and whose context is believed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use fedtrace::TraceFutureExt;
use fedtrace::tower::{FederationLayer, ServerLayer};
use tokio::net::TcpListener;

use crate::auth::authenticate_homeserver;
use crate::error::MatrixError;
use crate::events::lock;
use crate::homeserver::Homeserver;
use crate::{client_api, federation_api};

/// Answers the requests that come in here, from now on.
///
/// Of two layers, the last one is outside. `ServerLayer` gives every request a span, and believes nothing that the request says
/// of traces. Behind `authenticate`, which finds out who it is, `FederationLayer` continues the trace of the sender, if that
/// server is on the whitelist.
pub fn serve(server: &Arc<Homeserver>, listener: TcpListener) {
    let federation_api = federation_api::routes()
        .route_layer(FederationLayer::new())
        .route_layer(from_fn_with_state(Arc::clone(server), authenticate));
    let app: Router = federation_api
        .merge(client_api::routes())
        .layer(ServerLayer::new())
        .layer(from_fn_with_state(Arc::clone(server), use_own_tracer))
        .with_state(Arc::clone(server));
    tokio::spawn(axum::serve(listener, app).into_future());
}

/// Several servers share this process, so each says whose spans these are. A server that has a process of its own
/// calls `fedtrace::init_tracer` once instead.
async fn use_own_tracer(State(server): State<Arc<Homeserver>>, request: Request, next: Next) -> Response {
    next.run(request).with_tracer(&server.tracer).await
}

/// For requests of other homeservers: who sent this one is put where `FederationLayer` and the handlers look for it.
async fn authenticate(
    State(server): State<Arc<Homeserver>>,
    mut request: Request,
    next: Next,
) -> Result<Response, MatrixError> {
    let headers = request.headers();
    lock(&server.received).push(headers.clone());
    let origin = authenticate_homeserver(headers, &server.name, |name| server.federation.knows(name))?;
    request.extensions_mut().insert(origin);
    Ok(next.run(request).await)
}
