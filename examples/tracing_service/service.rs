//! The service: nothing in here knows fedtrace, but for the one function with `#[fedtrace::trace]`.

use std::io;

use axum::extract::{MatchedPath, Path, Request};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tower_http::trace::TraceLayer;
use tracing::{Instrument as _, Span, info, info_span, instrument, warn};

/// Serves on a free port. Returns the URL.
pub async fn start() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, routes()).await });
    Ok(url)
}

fn routes() -> Router {
    Router::new()
        .route("/rooms/{room}/members", get(members))
        .layer(TraceLayer::new_for_http().make_span_with(request_span))
}

/// The path has no query: it may contain secrets.
fn request_span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("unknown route", MatchedPath::as_str);
    info_span!(
        "request",
        otel.name = route,
        otel.kind = "server",
        http.method = %request.method(),
        http.path = request.uri().path(),
    )
}

async fn members(Path(room): Path<String>) -> Json<Vec<String>> {
    let names = names(&room).await;
    // The request does not wait for it, but it is part of the trace.
    let span = info_span!("notify", room);
    tokio::spawn(async { info!("nobody is interested") }.instrument(span));
    Json(names)
}

#[instrument]
async fn names(room: &str) -> Vec<String> {
    tokio::task::yield_now().await;
    let ids = ids(room);
    match state(room).await {
        Ok(()) => info!(count = ids.len(), "found all members"),
        Err(error) => warn!(error, "the state is missing"),
    }
    ids
}

#[fedtrace::trace]
#[fedtrace::tag_args]
fn ids(room: &str) -> Vec<String> {
    ["alice", "bob"].map(|name| format!("@{name}:{room}")).to_vec()
}

#[instrument(err)]
async fn state(room: &str) -> Result<(), String> {
    Err(format!("no state of {room}"))
}
