//! The open spans of the page beside those that have finished.

use std::thread;
use std::time::{Duration, SystemTime};

use fedtrace::page::Traces;
use fedtrace::testing::{TestClock, TestTracer};
use fedtrace::{Keep, build_span, start_active_span, trace_id, with_tracer};
use futures::executor::block_on;
use serde_json::Value;

use super::page::rejecting;
use super::page_lists::ask;

/// The first trace that the page answers with.
fn trace(traces: &Traces, query: &str) -> Value {
    let (status, body) = block_on(ask(traces, query));
    assert_eq!(status, 200, "{body}");
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["data"][0].take()
}

#[test]
fn the_open_and_the_finished_spans_of_a_tracer_are_of_one_process() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || {
        let _open = start_active_span("open");
        // Also before the first report.
        let live = trace(&traces, "?live&format=json");
        let tags = live["processes"]["p1"]["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["key"] == "hostname"), "{live}");

        drop(start_active_span("finished"));
        test.finished_spans();
        let id = live["traceID"].as_str().unwrap();
        let whole = trace(&traces, &format!("?trace={id}&format=json"));
        assert_eq!(whole["spans"].as_array().unwrap().len(), 2, "{whole}");
        assert_eq!(whole["processes"].as_object().unwrap().len(), 1, "{whole}");
    });
}

#[test]
fn open_spans_have_the_times_of_the_clock_of_their_tracer() {
    let clock = TestClock::new();
    let test = TestTracer::builder().clock(&clock).build();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || {
        let _open = start_active_span("open");
        clock.advance(Duration::from_secs(90));
        let live = trace(&traces, "?live&format=json");
        assert_eq!(live["spans"][0]["duration"], 90_000_000, "{live}");
    });
}

/// The names of the spans of a trace, and whether they are shown as unfinished.
fn names(traces: &Traces, id: &str) -> Vec<(String, bool)> {
    let whole = trace(traces, &format!("?trace={id}&format=json"));
    assert_eq!(whole["processes"].as_object().unwrap().len(), 1, "{whole}");
    let spans = whole["spans"].as_array().unwrap().iter();
    let mut names: Vec<_> = spans
        .map(|span| {
            let mut tags = span["tags"].as_array().unwrap().iter();
            let name = span["operationName"].as_str().unwrap().to_owned();
            (name, tags.any(|tag| tag["key"] == "unfinished"))
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_request_that_hangs_and_may_be_kept_shows_what_has_finished_in_it() {
    let keep = Keep::new().slower_than(Duration::from_secs(60));
    let (tracer, guard) = rejecting(Some(keep)).build().unwrap();
    let traces = Traces::new().watch(&tracer);
    let flush = || guard.flush(Duration::from_secs(10)).unwrap();
    let span = |name: &str, unfinished: bool| (name.to_owned(), unfinished);
    let long_ago = SystemTime::now() - Duration::from_secs(90);
    for (start, is_kept) in [(SystemTime::now(), false), (long_ago, true)] {
        let id = with_tracer(&tracer, || {
            let _root = build_span("stuck").start_time(start).start_active();
            let id = trace_id().unwrap().to_string();
            drop(start_active_span("done"));
            flush();
            let expected = [span("done", false), span("stuck", true)];
            assert_eq!(names(&traces, &id), expected);
            id
        });
        flush();
        let after = block_on(ask(&traces, &format!("?trace={id}&format=json")));
        assert_eq!(after.0, if is_kept { 200 } else { 404 }, "{after:?}");
        if is_kept {
            assert_eq!(names(&traces, &id), [span("done", false), span("stuck", false)]);
        }
    }
}

#[test]
fn a_span_that_was_reported_while_it_was_open_is_shown_as_it_is_now() {
    let keep = Keep::new().slower_than(Duration::from_secs(3600));
    let builder = rejecting(Some(keep)).long_open_after(Duration::from_millis(50));
    let (tracer, guard) = builder.build().unwrap();
    let traces = Traces::new().watch(&tracer);
    let flush = || guard.flush(Duration::from_secs(10)).unwrap();
    let span = |name: &str, unfinished: bool| (name.to_owned(), unfinished);
    with_tracer(&tracer, || {
        let _root = start_active_span("stuck");
        let id = trace_id().unwrap().to_string();
        let child = start_active_span("child");
        thread::sleep(Duration::from_millis(100));
        // The worker says since when a span is open for long, and the thread looks when it hands something over.
        flush();
        (0..600).for_each(|_| drop(start_active_span("short")));
        flush();
        let shown = |traces: &Traces| {
            let mut names = names(traces, &id);
            names.retain(|(name, _)| name != "short");
            names
        };
        assert_eq!(shown(&traces), [span("child", true), span("stuck", true)]);
        drop(child);
        flush();
        assert_eq!(shown(&traces), [span("child", false), span("stuck", true)]);
    });
}
