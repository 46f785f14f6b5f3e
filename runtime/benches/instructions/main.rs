//! What a span costs the thread that makes it, in instructions: run by `.ci/instructions` under valgrind.
//!
//! Counts are repeatable on a busy machine, times are not. `instructions ROW TIMES` runs a row so many times.

use std::env;
use std::future::poll_fn;
use std::hint::black_box;
use std::num::ParseIntError;
use std::pin::pin;
use std::process;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::sampler::ConstSampler;
use fedtrace::{Keep, TagValue, Tracer, log_kv, set_tag, start_active_span, with_tracer};

/// Its name, and what runs it so many times.
type Row = (&'static str, fn(u64));

const ROWS: [Row; 14] = [
    ("child", |times| in_root(times, child)),
    ("active-span", |times| in_root(times, active_span)),
    ("one-tag", |times| in_root(times, one_tag)),
    ("three-tags", |times| in_root(times, three_tags)),
    ("three-arguments", |times| in_root(times, three_arguments)),
    ("error", |times| in_root(times, error)),
    ("log", |times| in_root(times, log)),
    ("future", |times| in_root(times, future)),
    ("future-3-tags", |times| in_root(times, future_with_three_tags)),
    ("root", |times| (0..times).for_each(child)),
    // For each child, with a tenth of its root: more spans would wake the worker.
    ("root-10-children", |times| {
        (0..times / 10).for_each(root_with_ten_children)
    }),
    ("unsampled", |times| in_root(times, child)),
    // Of a trace that the sampler rejected and that may be kept.
    ("provisional", |times| in_root(times, child)),
    ("provisional-3-tags", |times| in_root(times, three_tags)),
];

struct NoReporter;

impl Reporter for NoReporter {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(spans.len() as u64)
    }
}

fn main() {
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [row, times] = &arguments[..] else {
        ROWS.iter().for_each(|(name, _)| println!("{name}"));
        return;
    };
    let (_, run) = ROWS.iter().find(|(name, _)| name == row).expect("a row");
    let builder = Tracer::builder("instructions")
        .reporter(NoReporter)
        .sampler(ConstSampler::new(
            !row.starts_with("unsampled") && !row.starts_with("provisional"),
        ))
        .flush_interval(Duration::from_secs(3600));
    let builder = match row.starts_with("provisional") {
        true => builder.keep(Keep::new()),
        false => builder,
    };
    let (tracer, guard) = builder.build().expect("a worker thread");
    let times = times.parse().expect("a number");
    with_tracer(&tracer, || {
        // The buffers grow to their size, and come back empty.
        for _ in 0..3 {
            run(times);
            guard.flush(Duration::from_secs(60)).expect("the worker works");
        }
        measured(*run, times);
    });
    // Without the end of the worker, which is not what is measured.
    process::exit(0);
}

/// Valgrind counts what runs in here.
#[inline(never)]
fn measured(run: fn(u64), times: u64) {
    run(black_box(times));
}

fn in_root(times: u64, run: fn(u64)) {
    let _root = start_active_span("root");
    (0..times).for_each(run);
}

#[inline(never)]
#[fedtrace::trace]
fn child(input: u64) {
    black_box(input);
}

fn active_span(input: u64) {
    let _scope = start_active_span("child");
    black_box(input);
}

#[inline(never)]
#[fedtrace::trace]
fn one_tag(input: u64) {
    set_tag("room_id", black_box("!lounge:example.org"));
    black_box(input);
}

#[inline(never)]
#[fedtrace::trace]
fn three_tags(input: u64) {
    tag_thrice(input);
}

#[inline(always)]
fn tag_thrice(input: u64) {
    set_tag("room_id", black_box("!lounge:example.org"));
    set_tag("limit", input);
    set_tag("destination", black_box("matrix.example.org"));
}

fn error(input: u64) {
    #[inline(never)]
    #[fedtrace::trace]
    fn fail(input: u64) -> Result<u64, ParseIntError> {
        black_box("twelve").parse::<u64>().map(|number| number + input)
    }
    let _ = black_box(fail(input));
}

#[inline(never)]
#[fedtrace::trace]
fn log(input: u64) {
    log_kv([("event", "retry".into()), ("attempt", TagValue::from(input))]);
}

fn three_arguments(input: u64) {
    #[inline(never)]
    #[fedtrace::trace]
    #[fedtrace::tag_args]
    fn call(room_id: &str, limit: u64, destination: &str) {
        black_box((room_id, limit, destination));
    }
    call(
        black_box("!lounge:example.org"),
        input,
        black_box("matrix.example.org"),
    );
}

fn future(input: u64) {
    #[fedtrace::trace]
    async fn polled_twice(input: u64) {
        pending_once().await;
        black_box(input);
    }
    poll_to_end(polled_twice(input));
}

fn future_with_three_tags(input: u64) {
    #[fedtrace::trace]
    async fn polled_twice(input: u64) {
        tag_thrice(input);
        pending_once().await;
        black_box(input);
    }
    poll_to_end(polled_twice(input));
}

fn pending_once() -> impl Future<Output = ()> {
    let mut is_first = true;
    poll_fn(move |_| {
        if std::mem::take(&mut is_first) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
}

fn poll_to_end(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}

fn root_with_ten_children(input: u64) {
    let _root = start_active_span("root");
    (input..input + 10).for_each(child);
}
