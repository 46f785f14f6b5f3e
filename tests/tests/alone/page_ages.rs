//! The times of open spans on the page, in a process whose clock nobody else uses.

use std::thread;
use std::time::{Duration, Instant};

use axum::http::Request;
use fedtrace::page::Traces;
use fedtrace::testing::TestTracer;
use fedtrace::{start_active_span, with_tracer};
use fedtrace_tests::alone;
use futures::executor::block_on;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// How long the open spans have lasted so far.
fn live_durations(traces: &Traces) -> Vec<Duration> {
    let request = Request::get("/?live&format=json").body(()).unwrap();
    let body = block_on(async {
        let answer = traces.service().guard(|_| true).oneshot(request).await.unwrap();
        answer.into_body().collect().await.unwrap().to_bytes()
    });
    let live: Value = serde_json::from_slice(&body).unwrap();
    let spans = live["data"][0]["spans"].as_array().unwrap().iter();
    spans
        .map(|span| Duration::from_micros(span["duration"].as_u64().unwrap()))
        .collect()
}

/// Reads an age of a span that started between two moments, and checks it.
fn check(started: [Instant; 2], what: &str, read: impl FnOnce() -> Duration) {
    let shortest = started[1].elapsed();
    let age = read();
    let longest = started[0].elapsed();
    let allowed = longest / 500 + Duration::from_millis(1);
    let expected = shortest.saturating_sub(allowed)..=longest + allowed;
    assert!(expected.contains(&age), "{what}: {age:?} not in {expected:?}");
}

#[test]
fn a_view_of_the_page_shows_the_age_of_open_spans_and_spoils_no_other_time() {
    alone(|| {
        let test = TestTracer::builder().allow_open_spans().build();
        let traces = Traces::new().watch(test.tracer());
        with_tracer(test.tracer(), || {
            let before = Instant::now();
            let _span = start_active_span("long");
            let started = [before, Instant::now()];
            // The worker learns the rate of the clock well, and then is not asked again.
            thread::sleep(Duration::from_millis(500));
            test.finished_spans();
            thread::sleep(Duration::from_millis(700));
            for _ in 0..300 {
                check(started, "on the page", || live_durations(&traces)[0]);
                check(started, "after a view of the page", || test.open_spans()[0].age);
            }
        });
    });
}
