//! Work that no request waits for.
//!
//! `cargo run --example background` does some of each kind, and prints the traces. Look at:
//!
//! * `bgproc.prune`: each turn of the loop is a trace of its own, which ends; a span around the loop never would;
//! * `notify`: a spawned task is part of the trace of the request, and goes on after its end (more than 100 %);
//! * `ask`: the tasks of a `JoinSet`, beside each other;
//! * `start_bgproc.index`: the request started a background process. What that does is in a trace of its own, `bgproc.index`,
//!   and each of the two refers to the other;
//! * the last line: at the end, the program waits for its tasks first, then shuts the tracer down, and nothing is lost.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::time::Duration;

use fedtrace::reporter::{ConsoleReporter, Reporter};
use fedtrace::tokio::JoinSetExt as _;
use fedtrace::{Stats, TraceFutureExt as _, Tracer, run_as_background_process, set_tag, tag_args, trace};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

fn main() -> Result<(), Box<dyn Error>> {
    let stats = run(ConsoleReporter::stdout())?;
    println!("{} spans, {} lost", stats.reported_spans, stats.lost_spans());
    Ok(())
}

#[tokio::main]
async fn run(reporter: impl Reporter + 'static) -> Result<Stats, Box<dyn Error>> {
    let (tracer, guard) = Tracer::builder("background").reporter(reporter).build()?;
    fedtrace::set_global_tracer(tracer.clone())?;

    let mut tasks = JoinSet::new();
    let (turned, mut turns) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    tasks.spawn(prune_for_ever(turned, stopped));
    handle_request(&mut tasks).await;
    turns.recv().await;
    turns.recv().await;

    // The order matters: what a task does after the tracer has stopped is lost.
    drop(stop);
    tasks.join_all().await;
    guard.shutdown_async(Duration::from_secs(5)).await?;
    Ok(tracer.stats())
}

/// Until the other end of `stopped` is gone. The turn that has begun then is dropped, and its span is `cancelled`.
async fn prune_for_ever(turned: mpsc::UnboundedSender<u64>, stopped: oneshot::Receiver<()>) {
    let mut turn = 0;
    let turns = fedtrace::tokio::every(Duration::from_millis(20), "prune", || {
        turn += 1;
        prune(turn, turned.clone())
    });
    tokio::select! {
        () = turns => {}
        _ = stopped => {}
    }
}

#[trace]
async fn prune(turn: u64, turned: mpsc::UnboundedSender<u64>) {
    set_tag("turn", turn);
    // Nobody may be left who counts.
    let _ = turned.send(turn);
}

#[trace]
async fn handle_request(tasks: &mut JoinSet<()>) {
    let mut answers = JoinSet::new();
    for server in ["a.example", "b.example"] {
        answers.spawn_in_active_span(ask(server));
    }
    answers.join_all().await;
    // It was caused by the request, but is something else.
    tasks.spawn(run_as_background_process("index", index()));
    // It goes on after the request, and is a part of it.
    tasks.spawn(notify().in_active_span());
}

#[trace]
#[tag_args]
async fn ask(server: &'static str) {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[trace]
async fn notify() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

#[trace]
async fn index() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}
