//! Baggage that a span is given.

use fedtrace::Baggage;
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{Destination, Tag, active_span, build_span, inject, start_active_span, with_tracer};
use fedtrace_tests::listed_tracer;

const KEY: &str = "Room-Version";

fn item() -> Option<String> {
    active_span().and_then(|span| span.baggage_item(KEY))
}

#[test]
fn an_item_goes_along_with_the_children_that_start_later_recorded_or_not() {
    for is_sampled in [true, false] {
        let test = TestTracer::with_sampler(ConstSampler::new(is_sampled));
        with_tracer(test.tracer(), || {
            let root = start_active_span("root");
            let early = build_span("early").start();
            root.span().set_baggage_item(KEY, "10");
            assert_eq!(item().as_deref(), Some("10"));
            let child = start_active_span("child");
            assert_eq!(item().as_deref(), Some("10"));
            root.span().set_baggage_item(KEY, "11");
            assert_eq!(item().as_deref(), Some("10"), "the child has its own");
            child.close();
            for version in 12..600 {
                root.span().set_baggage_item(KEY, &version.to_string());
                let child = start_active_span("child");
                assert_eq!(item(), Some(version.to_string()));
                child.close();
            }
            assert_eq!(early.baggage_item(KEY), None);
        });
        assert_eq!(test.tracer().stats().baggage_updates, 590);
    }
}

#[test]
fn an_item_goes_to_our_own_processes_only() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("root");
        scope.span().set_baggage_item(KEY, "11");
        let sent = |destination| {
            let mut headers = http::HeaderMap::new();
            inject(&mut headers, destination);
            let baggage = headers.get("uberctx-room-version");
            baggage.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(sent(Destination::Internal).as_deref(), Some("11"));
        for destination in [
            Destination::Homeserver("trusted.example"),
            Destination::Homeserver("other.example"),
            Destination::Client,
        ] {
            assert_eq!(sent(destination), None, "{destination:?}");
        }
    });
}

#[test]
fn a_recorded_span_logs_what_became_of_an_item() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let span = build_span("span").start();
        span.set_baggage_item(KEY, "10");
        span.set_baggage_item("room-version", "11");
        span.set_baggage_item("no header", "x");
        span.set_baggage_item("large", &"x".repeat(Baggage::MAX_BYTES));
        assert_eq!(span.baggage_item(KEY).as_deref(), Some("11"));
        assert_eq!(span.baggage_item("large"), None);
    });
    let logs = test.finished_span("span").logs;
    let fields = |index: usize| logs[index].fields.clone();
    let record = |key: &str, value: &str, more: Option<&'static str>| {
        let mut fields = vec![
            Tag::new("event", "baggage"),
            Tag::new("key", key),
            Tag::new("value", value),
        ];
        fields.extend(more.map(|more| Tag::new(more, "true")));
        fields
    };
    assert_eq!(logs.len(), 4);
    assert_eq!(fields(0), record(KEY, "10", None));
    assert_eq!(fields(1), record("room-version", "11", Some("override")));
    assert_eq!(fields(2), record("no header", "x", Some("invalid")));
    assert_eq!(fields(3), record("large", &"x".repeat(1024), Some("invalid")));
    let stats = test.tracer().stats();
    assert_eq!((stats.baggage_updates, stats.failed_baggage_updates), (2, 2));
}

#[test]
fn a_span_that_is_over_takes_no_item() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let span = build_span("span").start();
        span.finish();
        span.set_baggage_item(KEY, "11");
        assert_eq!(span.baggage_item(KEY), None);
    });
    let stats = test.tracer().stats();
    assert_eq!((stats.uses_after_finish, stats.baggage_updates), (1, 0));
}
