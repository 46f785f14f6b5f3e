//! A service of axum whose requests are traces.
//!
//! `cargo run --example axum_server` starts it, sends it four requests, and prints their traces. Look at:
//!
//! * the names: a route, not a path, so that the requests of all rooms can be compared;
//! * `http.url`: it has no token, although the client sent one;
//! * the request that nobody answers in time: its span has the 408, because `ServerLayer` is outside of the timeout;
//! * the one that no route takes: it has a span as well, and `http.url` says what was asked for;
//! * the one that fails: its span and that of the function with the `Err` are marked.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::future;
use std::io;
use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use fedtrace::reporter::{ConsoleReporter, Reporter};
use fedtrace::tower::{RouteLayer, ServerLayer};
use fedtrace::{Tracer, tag_args, trace};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::timeout::TimeoutLayer;

fn main() -> Result<(), Box<dyn Error>> {
    run(ConsoleReporter::stdout())
}

#[tokio::main]
async fn run(reporter: impl Reporter + 'static) -> Result<(), Box<dyn Error>> {
    let (tracer, guard) = Tracer::builder("axum-server").reporter(reporter).build()?;
    fedtrace::set_global_tracer(tracer)?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, service()).with_graceful_shutdown(async { drop(stopped.await) });
    let server = tokio::spawn(server.into_future());
    send_requests(&url).await?;

    drop(stop);
    server.await??;
    // All requests have been answered by now, so all spans are there.
    guard.shutdown_async(Duration::from_secs(5)).await?;
    Ok(())
}

/// `ServerLayer` is the last layer, so it is outside of all others, and here also of the router. Such a layer knows no routes:
/// `RouteLayer` names the span behind the router. Layers of the router itself (`routes().layer(ServerLayer::new())`) need none.
fn service() -> Router {
    let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(50));
    let routes = routes().route_layer(RouteLayer).layer(timeout);
    Router::new().fallback_service(routes).layer(ServerLayer::new())
}

fn routes() -> Router {
    Router::new()
        .route("/rooms/{room}/members", get(members))
        .route("/rooms/{room}/state", get(state))
        .route("/sync", get(future::pending::<()>))
}

async fn members(Path(room): Path<String>) -> Json<Vec<String>> {
    Json(load_members(&room).await)
}

#[trace]
#[tag_args]
async fn load_members(room: &str) -> Vec<String> {
    tokio::task::yield_now().await;
    vec![format!("@alice:{room}")]
}

async fn state(Path(room): Path<String>) -> Result<String, StatusCode> {
    load_state(&room).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

#[trace]
#[tag_args]
fn load_state(room: &str) -> io::Result<String> {
    Err(io::Error::other(format!("the disk with {room} is gone")))
}

async fn send_requests(url: &str) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    for path in [
        "/rooms/lounge/members?access_token=syt_alice",
        "/sync",
        "/nowhere",
        "/rooms/lounge/state",
    ] {
        let answer = client.get(format!("{url}{path}")).send().await?;
        println!("GET {path}: {}", answer.status());
        answer.bytes().await?;
    }
    Ok(())
}
