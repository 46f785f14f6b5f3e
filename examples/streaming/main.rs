//! Answers that are made while they are sent.
//!
//! `cargo run --example streaming` sends two requests to a server on this machine, and prints their traces. Look at:
//!
//! * `render`: the body is made after the handler has returned, and its parts are below the request even so;
//! * the duration of `GET /export`: it ends with the last part, not with the headers;
//! * `load`: a stream that the handler made in a span of its own, which ends with the stream;
//! * `GET /follow`: its client went away in the middle, so the span is `cancelled` and says how many bytes were sent.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use fedtrace::reporter::{ConsoleReporter, Reporter};
use fedtrace::tower::ServerLayer;
use fedtrace::{TraceStreamExt as _, Tracer, build_span, set_tag, trace};
use futures::{Stream, StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

fn main() -> Result<(), Box<dyn Error>> {
    run(ConsoleReporter::stdout())
}

#[tokio::main]
async fn run(reporter: impl Reporter + 'static) -> Result<(), Box<dyn Error>> {
    let (tracer, guard) = Tracer::builder("streaming").reporter(reporter).build()?;
    fedtrace::set_global_tracer(tracer)?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let app = Router::new()
        .route("/export", get(export))
        .route("/follow", get(follow))
        .layer(ServerLayer::new());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async { drop(stopped.await) });
    let server = tokio::spawn(server.into_future());
    send_requests(&url).await?;

    drop(stop);
    server.await??;
    guard.shutdown_async(Duration::from_secs(5)).await?;
    Ok(())
}

/// The pages are read in the span `load`, and rendered in that of the request.
async fn export() -> Body {
    let pages = pages(3).in_span(build_span("load").start());
    Body::from_stream(pages.map(|page| Ok::<_, Infallible>(render(page))))
}

/// Never ends.
async fn follow() -> Body {
    Body::from_stream(pages(u64::MAX).map(|page| Ok::<_, Infallible>(render(page))))
}

fn pages(count: u64) -> impl Stream<Item = u64> {
    stream::iter(0..count).then(read)
}

#[trace]
async fn read(page: u64) -> u64 {
    set_tag("page", page);
    // As long as a disk takes.
    tokio::time::sleep(Duration::from_millis(5)).await;
    page
}

#[trace]
fn render(page: u64) -> String {
    set_tag("page", page);
    format!("page {page}\n")
}

async fn send_requests(url: &str) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client.get(format!("{url}/export")).send().await?;
    println!("GET /export: {:?}", answer.text().await?);

    let mut answer = client.get(format!("{url}/follow")).send().await?;
    println!("GET /follow: {:?}, and that is enough", answer.chunk().await?);
    Ok(())
}
