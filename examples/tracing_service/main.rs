//! A service that is instrumented with `tracing`, as most are, and shows its requests as traces of fedtrace.
//!
//! `cargo run --example tracing_service` starts it, sends it a request, and prints what its log says and
//! the tree of spans: those of tower-http's `TraceLayer`, of `#[instrument]`, of a spawned task, and of one function with
//! `#[fedtrace::trace]`. `tests.rs` holds the tree.

// An example is no library: nothing of it is reachable, and `pub` still says what a module offers.
#![allow(unreachable_pub)]

mod service;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::io;
use std::time::Duration;

use fedtrace::Tracer;
use fedtrace::reporter::ConsoleReporter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (tracer, guard) = Tracer::builder("tracing-service")
        .reporter(ConsoleReporter::stdout())
        .build()?;
    fedtrace::set_global_tracer(tracer)?;

    // What the service had before: lines of a log. They get the ids of the traces.
    let lines = fmt::layer()
        .with_writer(io::stdout)
        .event_format(fedtrace::with_trace_ids(fmt::format().without_time()))
        .with_filter(LevelFilter::INFO);
    // What is new.
    let traces = fedtrace::tracing_layer().with_filter(LevelFilter::DEBUG);
    tracing_subscriber::registry().with(lines).with(traces).init();

    let url = service::start().await?;
    let answer = reqwest::get(format!("{url}/rooms/lounge/members?token=secret")).await?;
    println!("\nthe answer: {} {}\n", answer.status(), answer.text().await?);
    guard.flush_async(Duration::from_secs(5)).await?;
    Ok(())
}
