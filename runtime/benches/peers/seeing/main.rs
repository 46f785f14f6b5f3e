//! What it costs to keep slow traces that the sampler rejected, and to have a page of traces:
//! `cargo bench -p fedtrace-peers --bench seeing`.
//!
//! Each row is measured with four tracers of this process, in many short rounds in which all take their turn: one that records
//! everything, one that rejects everything, one that rejects everything and may keep it, and one that a page watches. The time is that
//! of the thread that makes the spans; the worker's is counted by the page itself. `-- --quick` takes a tenth of the time.

#[path = "../../timing/rounds.rs"]
mod rounds;

use std::hint::black_box;
use std::time::{Duration, Instant};

use fedtrace::page::Traces;
use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::sampler::ConstSampler;
use fedtrace::{Keep, Tracer, TracerGuard, set_tag, start_active_span, trace, with_tracer};
use rounds::Rounds;

/// How many spans are between two readings of the clock.
const TIMES: u64 = 200;

type Row = (&'static str, fn(u64));

const ROWS: [Row; 3] = [
    ("child", |times| in_root(times, child)),
    ("child, three tags", |times| in_root(times, tagged_child)),
    ("root with ten children", roots),
];

/// Takes the spans and forgets them.
struct NoReporter;

impl Reporter for NoReporter {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(spans.len() as u64)
    }
}

fn tracer(records: bool, keep: bool) -> (Tracer, TracerGuard) {
    let builder = Tracer::builder("bench")
        .reporter(NoReporter)
        .sampler(ConstSampler::new(records))
        // The rounds are drained by hand; in between no worker shall wake.
        .flush_interval(Duration::from_secs(3600));
    let builder = match keep {
        true => builder.keep(Keep::new().slower_than(Duration::from_secs(60))),
        false => builder,
    };
    builder.build().expect("a worker thread")
}

fn main() {
    let rounds = Rounds::of_arguments(2_000);
    let watched = tracer(true, false);
    let traces = Traces::new().watch(&watched.0);
    let tracers = [
        ("sampled", tracer(true, false)),
        ("rejected", tracer(false, false)),
        ("rejected, may be kept", tracer(false, true)),
        ("sampled, with a page", watched),
    ];
    println!(
        "| ns per span, medians | {} |",
        tracers.each_ref().map(|(name, _)| *name).join(" | ")
    );
    println!("|---|---:|---:|---:|---:|");
    for (row, work) in ROWS {
        let run = |who: usize| {
            tracers
                .get(who)
                .map(|(_, (tracer, guard))| run(tracer, guard, work))
        };
        let medians: Vec<f64> = rounds.medians(tracers.len(), run).into_iter().flatten().collect();
        let sampled = medians.first().copied().unwrap_or(f64::NAN);
        let cells = medians
            .iter()
            .map(|taken| format!("{taken:.1} ({:.2})", taken / sampled));
        println!("| {row} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    println!("\n{traces:?}");
}

/// The nanoseconds of a span.
fn run(tracer: &Tracer, guard: &TracerGuard, work: fn(u64)) -> f64 {
    let taken = with_tracer(tracer, || {
        let start = Instant::now();
        work(TIMES);
        start.elapsed()
    });
    guard.flush(Duration::from_secs(10)).expect("the worker works");
    taken.as_nanos() as f64 / TIMES as f64
}

fn in_root(times: u64, work: fn(u64)) {
    let _root = start_active_span("root");
    (0..times).for_each(work);
}

fn roots(times: u64) {
    for _ in 0..times / 11 {
        in_root(10, child);
    }
}

#[inline(never)]
#[trace]
fn child(input: u64) {
    black_box(input);
}

#[inline(never)]
#[trace]
fn tagged_child(input: u64) {
    set_tag("room_id", black_box("!lounge:example.org"));
    set_tag("limit", input);
    set_tag("destination", black_box("matrix.example.org"));
}
