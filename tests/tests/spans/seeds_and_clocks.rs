//! Ids and times that are the same in each run of a test.

use std::thread;
use std::time::{Duration, SystemTime};

use fedtrace::testing::{TestClock, TestTracer, assert_trace};
use fedtrace::{
    Destination, FinishedSpan, build_span, in_active_span, inject, log_kv, start_active_span, with_tracer,
};
use fedtrace_tests::failure;

/// A tree over two threads, and the header that a request has in it.
fn run(seed: u64) -> (Vec<FinishedSpan>, String) {
    let test = TestTracer::builder().seed(seed).build();
    let mut headers = http::HeaderMap::new();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        drop(start_active_span("first"));
        inject(&mut headers, Destination::Internal);
        let work = in_active_span(|| drop(start_active_span("thread")));
        thread::spawn(work).join().unwrap();
    });
    let header = headers["uber-trace-id"].to_str().unwrap().to_owned();
    (test.finished_spans(), header)
}

fn ids(spans: &[FinishedSpan]) -> Vec<(String, String, Option<String>)> {
    let ids = spans.iter().map(|span| {
        let parent = span.parent_span_id.map(|id| id.to_string());
        (span.trace_id.to_string(), span.span_id.to_string(), parent)
    });
    ids.collect()
}

#[test]
fn ids_are_the_same_for_the_same_seed_also_over_threads_and_in_headers() {
    let (spans, header) = run(7);
    // As if other tests had run on this thread meanwhile.
    drop(run(1));
    let (again, header_again) = thread::spawn(|| run(7)).join().unwrap();
    assert_eq!(ids(&spans), ids(&again));
    assert_eq!(header, header_again);
    let root = spans.iter().find(|span| span.operation_name == "root").unwrap();
    assert_eq!(header, format!("{}:{}:0:1", root.trace_id, root.span_id));
    assert_ne!(ids(&spans), ids(&run(8).0));
}

#[fedtrace::test(seed = 7)]
fn a_seed_is_written_at_the_attribute(test: &TestTracer) {
    drop(start_active_span("root"));
    let other = TestTracer::builder().seed(7).build();
    with_tracer(other.tracer(), || drop(start_active_span("root")));
    let trace_id = |test: &TestTracer| test.finished_span("root").trace_id;
    assert_eq!(trace_id(test), trace_id(&other));
}

#[test]
fn a_clock_that_stands_times_all_kinds_of_spans_and_their_records() {
    let clock = TestClock::at(SystemTime::UNIX_EPOCH);
    let test = TestTracer::builder().clock(&clock).build();
    with_tracer(test.tracer(), || {
        let root = start_active_span("root");
        clock.advance(Duration::from_secs(1));
        let handle = build_span("handle").start();
        log_kv((("event", "tick"), ("n", 1)));
        thread::scope(|scope| {
            let moving = clock.clone();
            scope
                .spawn(move || moving.advance(Duration::from_secs(2)))
                .join()
                .unwrap();
            scope.spawn(|| handle.finish()).join().unwrap();
        });
        drop(root);
    });
    let root = test.finished_span("root");
    assert_eq!(root.start_time, SystemTime::UNIX_EPOCH);
    assert_eq!(root.logs[0].time, SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(3));
    assert_trace!(test, {
        "root" [duration = Duration::from_secs(3)] { "handle" [duration = Duration::from_secs(2)] }
    });
}

#[test]
fn siblings_keep_the_order_of_their_starts_while_the_clock_stands() {
    let test = TestTracer::builder().clock(&TestClock::new()).build();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        let first = build_span("first").start();
        let second = build_span("second").start();
        second.finish();
        drop(start_active_span("third"));
        first.finish();
    });
    assert_trace!(test, { "root" { "first", "second", "third" } });
}

#[test]
fn another_duration_is_shown() {
    let test = TestTracer::builder().clock(&TestClock::new()).build();
    with_tracer(test.tracer(), || drop(start_active_span("root")));
    let message = failure(|| assert_trace!(test, { "root"[duration = Duration::from_secs(1)] }));
    assert!(
        message.contains("-     duration = 1s\n+     duration = 0ns"),
        "{message}"
    );
}
