//! The open spans of the page beside those that have finished.

use std::time::Duration;

use fedtrace::page::Traces;
use fedtrace::testing::{TestClock, TestTracer};
use fedtrace::{start_active_span, with_tracer};
use futures::executor::block_on;
use serde_json::Value;

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
