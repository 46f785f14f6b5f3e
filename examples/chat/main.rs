//! A server with what makes traces difficult: a request that calls out and streams the answer on, websockets, a timeout, a loop in
//! the background, and a graceful shutdown. It is axum's examples `reqwest-response`, `chat` and `graceful-shutdown` in one.
//!
//! `cargo run --example chat` starts it, uses it as clients do, and prints the traces. Look at:
//!
//! * `GET /`: it lasts until the last part was streamed on, and `outgoing-request` until it was read;
//! * `GET /stream`: the parts of its body are below it, although its handler had returned before;
//! * `GET /forever`: 408, because the timeout is inside of `ServerLayer`; `unknown route`: 404, with the path in `http.url`;
//! * `GET /websocket`: the connection goes on below the request, and the messages of both of its tasks are below the connection;
//! * `bgproc.prune`: each turn of the loop is a trace of its own;
//! * the end: the shutdown comes while `GET /` is streamed. It is answered to its end, and no span is lost.

// An example is no library: nothing of it is reachable, and `pub` still says what a module offers.
#![allow(unreachable_pub)]

mod client;
mod proxy;
#[cfg(test)]
mod tests;
mod websocket;

use std::error::Error;
use std::future;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use fedtrace::reporter::{ConsoleReporter, Reporter};
use fedtrace::tower::ServerLayer;
use fedtrace::{Stats, Tracer, trace};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};
use tower_http::timeout::TimeoutLayer;

/// How long a handler may take.
const TIMEOUT: Duration = Duration::from_millis(500);

/// What handlers share.
#[derive(Debug, Clone)]
pub struct App {
    /// Where this server is, which also plays the other one that it asks.
    url: String,
    http: reqwest::Client,
    /// What was said, for all who listen.
    messages: broadcast::Sender<String>,
    /// Each connection has one. When all are gone, all connections are.
    connected: mpsc::Sender<()>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let stats = run(ConsoleReporter::stdout())?;
    println!("{} spans, {} lost", stats.reported_spans, stats.lost_spans());
    Ok(())
}

#[tokio::main]
async fn run(reporter: impl Reporter + 'static) -> Result<Stats, Box<dyn Error>> {
    let (tracer, guard) = Tracer::builder("chat").reporter(reporter).build()?;
    fedtrace::set_global_tracer(tracer.clone())?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = watch::channel(false);
    let (connected, mut connections) = mpsc::channel(1);
    let app = App {
        url: url.clone(),
        http: reqwest::Client::builder().no_proxy().build()?,
        messages: broadcast::channel(16).0,
        connected,
    };
    let server = axum::serve(listener, routes(app)).with_graceful_shutdown(until(stopped.clone()));
    let server = tokio::spawn(server.into_future());
    let pruning = tokio::spawn(prune_until(stopped));

    client::use_all(&url, stop).await?;

    // In this order: requests, connections and loops, and then the tracer. What finishes after that is lost.
    server.await??;
    while connections.recv().await.is_some() {}
    pruning.await?;
    guard.shutdown_async(Duration::from_secs(5)).await?;
    Ok(tracer.stats())
}

fn routes(app: App) -> Router {
    Router::new()
        .route("/", get(proxy::stream_reqwest_response))
        .route("/stream", get(proxy::stream))
        .route("/forever", get(future::pending::<()>))
        .route("/websocket", get(websocket::upgrade))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            TIMEOUT,
        ))
        .layer(ServerLayer::new())
        .with_state(app)
}

/// Waits for the shutdown.
async fn until(mut stopped: watch::Receiver<bool>) {
    // An error says that nobody can stop us any more.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn prune_until(stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = fedtrace::tokio::every(Duration::from_millis(50), "prune", prune) => {}
        () = until(stopped) => {}
    }
}

#[trace]
async fn prune() {}
