//! Spans on their way to a collector by OTLP.

use std::time::{Duration, Instant, SystemTime};

use fedtrace::reporter::{HttpReporter, HttpReporterError, Process, Report, Reporter};
use fedtrace::{Tag, Tracer, start_active_span, with_tracer};
use fedtrace_tests::{Answer, FakeCollector, finished_spans};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;

const SECONDS: Duration = Duration::from_secs(20);

fn reporter(collector: &FakeCollector) -> HttpReporter {
    HttpReporter::otlp(&collector.otlp_endpoint()).unwrap()
}

fn report(reporter: &mut HttpReporter, count: u64) -> (u64, u64, u64) {
    let process = Process::new("example.org master", vec![Tag::new("ip", "::1")]);
    let Report {
        sent,
        too_large,
        failed,
        ..
    } = reporter.report(&process, (&finished_spans(count)).into());
    // As the worker does, for which a report may be several calls.
    reporter.at_interval();
    (sent, too_large, failed)
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[test]
fn a_batch_is_one_request_as_otlp_has_it() {
    let collector = FakeCollector::start();
    let mut reporter = reporter(&collector).bearer_auth("t0ken").unwrap();
    assert_eq!(report(&mut reporter, 50), (50, 0, 0));
    let [request] = &collector.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(request.line, "POST /v1/traces");
    assert_eq!(request.header("content-type"), ["application/x-protobuf"]);
    assert_eq!(request.header("authorization"), ["Bearer t0ken"]);
    let [export] = &collector.otlp_requests()[..] else {
        panic!("one batch")
    };
    let resource = export.resource_spans[0].resource.as_ref().unwrap();
    assert_eq!(
        text(&resource.attributes, "service.name"),
        Some("example.org master")
    );
    assert_eq!(text(&resource.attributes, "ip"), Some("::1"));
    let ids = collector
        .otlp_spans()
        .into_iter()
        .map(|span| u64::from_be_bytes(span.span_id.try_into().unwrap()));
    assert_eq!(ids.collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
}

#[test]
fn what_is_too_much_for_one_request_goes_in_several_over_one_connection() {
    let collector = FakeCollector::start();
    let mut reporter = reporter(&collector).max_batch_size(500);
    assert_eq!(report(&mut reporter, 100), (100, 0, 0));
    let requests = collector.requests();
    assert!(requests.len() > 5 && requests.iter().all(|request| request.body.len() <= 500));
    assert_eq!((collector.otlp_spans().len(), collector.connections()), (100, 1));
}

#[test]
fn compressed_requests_are_split_by_their_size_before_and_arrive_whole() {
    let plain = FakeCollector::start();
    assert_eq!(
        report(&mut reporter(&plain).max_batch_size(5_000), 200),
        (200, 0, 0)
    );
    let collector = FakeCollector::start();
    let mut reporter = reporter(&collector).max_batch_size(5_000).gzip().unwrap();
    assert_eq!(report(&mut reporter, 200), (200, 0, 0));
    assert_eq!(collector.otlp_requests(), plain.otlp_requests());

    let requests = collector.requests();
    assert!(requests.len() > 1);
    for request in &requests {
        assert_eq!(request.header("content-encoding"), ["gzip"]);
        let size = request.unpacked().unwrap().len();
        assert!(size <= 5_000 && request.body.len() < size / 2, "{size}");
    }
    let plain = &plain.requests()[0];
    assert!(plain.header("content-encoding").is_empty());
}

#[test]
fn a_compressed_request_that_is_sent_again_is_the_same() {
    let collector = FakeCollector::answering([Answer::Status(503, "later")], Answer::Accept);
    let mut reporter = reporter(&collector).gzip().unwrap();
    assert_eq!(report(&mut reporter, 9), (9, 0, 0));
    let requests = collector.requests();
    assert_eq!((requests.len(), &requests[0].body), (2, &requests[1].body));
    assert_eq!(collector.otlp_spans().len(), 9);
}

#[test]
fn thrift_is_not_compressed() {
    let reporter = HttpReporter::new("http://localhost:14268").unwrap();
    assert_eq!(reporter.gzip().err(), Some(HttpReporterError::Compression));
}

#[test]
fn spans_that_a_collector_rejects_out_of_a_request_are_lost_and_counted() {
    for (rejected, expected) in [
        (3, (6, 0, 3)),
        (9, (0, 0, 9)),
        (i64::MAX, (0, 0, 9)),
        // A warning only, says the protocol.
        (0, (9, 0, 0)),
        (-1, (9, 0, 0)),
    ] {
        let collector = FakeCollector::answering([], Answer::Reject(rejected, "no room"));
        assert_eq!(report(&mut reporter(&collector), 9), expected);
        assert_eq!(collector.requests().len(), 1);
    }
}

#[test]
fn a_success_without_the_words_of_the_protocol_is_a_success() {
    for text in ["", "ok", "{\"partialSuccess\":{}}"] {
        let collector = FakeCollector::answering([], Answer::Status(200, text));
        assert_eq!(report(&mut reporter(&collector), 9), (9, 0, 0));
    }
}

#[test]
fn only_what_the_protocol_calls_passing_is_sent_again() {
    for status in [429, 502, 503, 504] {
        let collector = FakeCollector::answering([Answer::Status(status, "later")], Answer::Accept);
        assert_eq!(report(&mut reporter(&collector), 9), (9, 0, 0), "{status}");
        assert_eq!(collector.otlp_spans().len(), 9);
    }
    for status in [400, 401, 404, 408, 500, 501] {
        let collector = FakeCollector::answering([Answer::Status(status, "no")], Answer::Accept);
        assert_eq!(report(&mut reporter(&collector), 9), (0, 0, 9), "{status}");
        assert_eq!(collector.requests().len(), 1);
    }
}

#[test]
fn a_collector_that_says_when_to_come_back_is_left_alone_for_so_long() {
    for status in [429, 503] {
        let busy = Answer::RetryAfter(status, "1".to_owned());
        let collector = FakeCollector::answering([busy], Answer::Accept);
        let start = Instant::now();
        assert_eq!(report(&mut reporter(&collector), 9), (9, 0, 0), "{status}");
        assert!(start.elapsed() >= Duration::from_secs(1), "{status}");
    }
    // These do not mean that it is too busy.
    for status in [502, 504] {
        let answer = Answer::RetryAfter(status, "9".to_owned());
        let collector = FakeCollector::answering([answer], Answer::Accept);
        let start = Instant::now();
        assert_eq!(report(&mut reporter(&collector), 9), (9, 0, 0), "{status}");
        assert!(start.elapsed() < Duration::from_secs(9), "{status}");
    }
}

#[test]
fn a_date_to_come_back_at_is_understood() {
    let at = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3));
    let collector = FakeCollector::answering([Answer::RetryAfter(429, at)], Answer::Accept);
    let start = Instant::now();
    assert_eq!(report(&mut reporter(&collector), 9), (9, 0, 0));
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn the_spans_of_a_tracer_arrive_with_their_parents_and_tags_and_none_is_lost() {
    let collector = FakeCollector::start();
    let builder = Tracer::builder("example.org").reporter(reporter(&collector));
    let (tracer, guard) = builder.build().unwrap();
    with_tracer(&tracer, || {
        let _outer = start_active_span("outer");
        fedtrace::set_tag("span.kind", "client");
        drop(start_active_span("inner"));
    });
    guard.shutdown(SECONDS).unwrap();
    assert_eq!(tracer.stats().reported_spans, 2);
    let spans = collector.otlp_spans();
    let span = |name| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(span("inner").parent_span_id, span("outer").span_id);
    assert_eq!(span("inner").trace_id, span("outer").trace_id);
    assert_eq!(
        (
            span("outer").kind().as_str_name(),
            span("outer").parent_span_id.len()
        ),
        ("SPAN_KIND_CLIENT", 0)
    );
}
