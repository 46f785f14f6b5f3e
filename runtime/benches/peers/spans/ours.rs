//! fedtrace.

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::sampler::ConstSampler;
use fedtrace::{
    Tracer, TracerGuard, set_global_tracer, set_tag, start_active_span, tag_args, trace, with_tracer,
};

use crate::contender::{Contender, Row};
use crate::work::{DESTINATION, ROOM, once, plain, poll_twice, work};

pub(crate) const CONTENDER: Contender = Contender {
    name: "fedtrace",
    case,
    drain,
};

/// Takes the spans and forgets them.
struct NoReporter;

impl Reporter for NoReporter {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(spans.len() as u64)
    }
}

struct Running {
    tracer: Tracer,
    guard: TracerGuard,
}

static RUNNING: OnceLock<Running> = OnceLock::new();
static UNSAMPLED: OnceLock<(Tracer, TracerGuard)> = OnceLock::new();
static STARTED: AtomicU64 = AtomicU64::new(0);

pub(crate) fn set_up() {
    // The rounds are drained by hand; in between no worker shall wake.
    let builder = || {
        Tracer::builder("bench")
            .reporter(NoReporter)
            .flush_interval(Duration::from_secs(3600))
    };
    let (tracer, guard) = builder().build().expect("a worker thread");
    set_global_tracer(tracer.clone()).expect("no other global tracer");
    RUNNING.get_or_init(|| Running { tracer, guard });
    let unsampled = builder().sampler(ConstSampler::new(false)).build();
    UNSAMPLED.get_or_init(|| unsampled.expect("a worker thread"));
}

fn case(row: Row) -> Option<fn(u64)> {
    Some(match row {
        Row::Plain => plain,
        Row::Off => children,
        Row::Unsampled => unsampled,
        Row::Root | Row::RootWithChildren => roots,
        Row::Child => |times| in_root(times, children),
        Row::ActiveSpan => |times| in_root(times, active_spans),
        Row::OneTag => |times| in_root(times, tagged),
        Row::ThreeTags => |times| in_root(times, tagged_thrice),
        Row::ThreeConstantTags => |times| in_root(times, tagged_with_constants),
        Row::ThreeArguments => |times| in_root(times, with_arguments),
        Row::Future => |times| in_root(times, futures),
    })
}

fn drain() {
    if let Some(running) = RUNNING.get() {
        let flushed = running.guard.flush(Duration::from_secs(10));
        flushed.expect("the worker works");
    }
}

/// Whether every span that was started in a sampled trace was reported.
pub(crate) fn all_spans_arrived() -> bool {
    drain();
    let Some(running) = RUNNING.get() else {
        return false;
    };
    let stats = running.tracer.stats();
    let lost = stats.queue_full_spans
        + stats.too_large_spans
        + stats.send_failure_spans
        + stats.after_close_spans
        + stats.depth_limited_spans;
    let started = STARTED.load(Ordering::Relaxed);
    println!(
        "fedtrace: {started} spans started, {} reported, {lost} lost",
        stats.reported_spans
    );
    started == stats.reported_spans && lost == 0
}

fn in_root(times: u64, run: fn(u64)) {
    let _root = start_active_span("root");
    run(times);
    STARTED.fetch_add(times + 1, Ordering::Relaxed);
}

fn unsampled(times: u64) {
    let Some((tracer, _)) = UNSAMPLED.get() else {
        return;
    };
    with_tracer(tracer, || {
        let _root = start_active_span("root");
        children(times);
    });
}

fn roots(times: u64) {
    children(times);
    STARTED.fetch_add(times, Ordering::Relaxed);
}

#[inline(never)]
#[trace]
fn child(input: u64) -> u64 {
    work(input)
}

fn children(times: u64) {
    for input in 0..times {
        black_box(child(input));
    }
}

#[inline(never)]
fn active_span(input: u64) -> u64 {
    let _scope = start_active_span("child");
    work(input)
}

fn active_spans(times: u64) {
    for input in 0..times {
        black_box(active_span(input));
    }
}

#[inline(never)]
#[trace]
fn tagged_child(input: u64, room: &str) -> u64 {
    set_tag("room_id", room);
    work(input)
}

fn tagged(times: u64) {
    for input in 0..times {
        black_box(tagged_child(input, black_box(ROOM)));
    }
}

#[inline(never)]
#[trace]
fn child_with_three_tags(input: u64, destination: &str, room: &str) -> u64 {
    set_tag("destination", destination);
    set_tag("limit", input);
    set_tag("room_id", room);
    work(input)
}

fn tagged_thrice(times: u64) {
    for input in 0..times {
        black_box(child_with_three_tags(
            input,
            black_box(DESTINATION),
            black_box(ROOM),
        ));
    }
}

#[inline(never)]
#[trace]
fn child_with_constant_tags(input: u64) -> u64 {
    set_tag("destination", DESTINATION);
    set_tag("limit", 50);
    set_tag("room_id", ROOM);
    work(input)
}

fn tagged_with_constants(times: u64) {
    for input in 0..times {
        black_box(child_with_constant_tags(input));
    }
}

#[inline(never)]
#[trace]
#[tag_args]
fn child_with_arguments(destination: &str, room: &str, limit: u64) -> u64 {
    work(limit)
}

fn with_arguments(times: u64) {
    for input in 0..times {
        let (destination, room) = (black_box(DESTINATION), black_box(ROOM));
        black_box(child_with_arguments(destination, room, input));
    }
}

#[trace]
async fn future(input: u64) -> u64 {
    once().await;
    work(input)
}

fn futures(times: u64) {
    for input in 0..times {
        black_box(poll_twice(future(input)));
    }
}
