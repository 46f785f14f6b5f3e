//! Spans on their way to a collector by HTTP.

use std::thread;
use std::time::{Duration, Instant};

use fedtrace::reporter::{HttpReporter, Process, Report, Reporter};
use fedtrace::{Tag, Tracer, start_active_span, with_tracer};
use fedtrace_tests::{Answer, FakeCollector, finished_spans};
use http::{HeaderName, HeaderValue};

const SECONDS: Duration = Duration::from_secs(20);
/// Shorter than what a test waits for, longer than what a busy machine needs for a request.
const SHORT: Duration = Duration::from_millis(300);

fn process() -> Process {
    Process::new("example.org master", vec![Tag::new("hostname", "h")])
}

fn reporter(collector: &FakeCollector) -> HttpReporter {
    HttpReporter::new(&collector.endpoint()).unwrap()
}

fn report(reporter: &mut HttpReporter, count: u64) -> (u64, u64, u64) {
    let Report {
        sent,
        too_large,
        failed,
        ..
    } = reporter.report(&process(), (&finished_spans(count)).into());
    // As the worker does, for which a report may be several calls.
    reporter.at_interval();
    (sent, too_large, failed)
}

#[test]
fn a_batch_is_one_request_as_collectors_expect_it() {
    let collector = FakeCollector::start();
    assert_eq!(report(&mut reporter(&collector), 50), (50, 0, 0));
    let [request] = &collector.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(request.line, "POST /api/traces");
    assert_eq!(request.header("content-type"), ["application/x-thrift"]);
    assert_eq!(request.header("content-length").len(), 1);
    assert!(request.header("user-agent")[0].starts_with("fedtrace/"));
    assert!(request.header("authorization").is_empty());
    let [batch] = &collector.batches()[..] else {
        panic!("one batch")
    };
    assert_eq!((batch.sequence_number, batch.lost), (Some(1), Some([0, 0, 0])));
    assert_eq!(batch.process.service_name, "example.org master");
    let ids = batch.spans.iter().map(|span| span.span_id);
    assert_eq!(ids.collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_connection_is_used_again() {
    let collector = FakeCollector::start();
    let mut reporter = reporter(&collector).max_batch_size(500);
    for _ in 0..5 {
        assert_eq!(report(&mut reporter, 20), (20, 0, 0));
    }
    assert_eq!(collector.spans().len(), 100);
    assert!(collector.requests().len() > 5);
    assert!(
        collector
            .requests()
            .iter()
            .all(|request| request.body.len() <= 500)
    );
    assert_eq!(collector.connections(), 1);
}

#[test]
fn credentials_and_headers_are_sent_and_the_last_credentials_win() {
    let collector = FakeCollector::start();
    let reporter = reporter(&collector).basic_auth("user", "pässword").unwrap();
    let name = HeaderName::from_static("x-tenant");
    let mut reporter = reporter.header(name, HeaderValue::from_static("a"));
    report(&mut reporter, 1);
    let mut reporter = reporter.bearer_auth("t0ken").unwrap();
    report(&mut reporter, 1);
    let requests = collector.requests();
    assert_eq!(
        requests[0].header("authorization"),
        ["Basic dXNlcjpww6Rzc3dvcmQ="]
    );
    assert_eq!(requests[1].header("authorization"), ["Bearer t0ken"]);
    assert!(requests.iter().all(|request| request.header("x-tenant") == ["a"]));
}

#[test]
fn a_passing_error_is_tried_again_and_loses_nothing() {
    for passing in [
        Answer::Status(500, "failed"),
        Answer::Status(503, ""),
        Answer::Status(408, ""),
        Answer::Status(429, "later"),
        Answer::Close,
    ] {
        let collector = FakeCollector::answering([passing.clone(), passing], Answer::Accept);
        assert_eq!(report(&mut reporter(&collector), 9), (9, 0, 0));
        assert_eq!(collector.requests().len(), 3);
        assert_eq!(collector.spans().len(), 9);
    }
}

#[test]
fn a_collector_that_says_when_to_come_back_is_left_alone_for_so_long_unless_that_is_too_late() {
    let answering = |status, seconds: &str| {
        let answer = Answer::RetryAfter(status, seconds.to_owned());
        FakeCollector::answering([answer], Answer::Accept)
    };
    for status in [408, 429, 503] {
        let start = Instant::now();
        assert_eq!(report(&mut reporter(&answering(status, "1")), 9), (9, 0, 0));
        assert!(start.elapsed() >= Duration::from_secs(1), "{status}");
    }

    let start = Instant::now();
    // This does not mean that it is too busy.
    assert_eq!(report(&mut reporter(&answering(500, "9")), 9), (9, 0, 0));
    for status in [429, 503] {
        let busy = answering(status, "3600");
        let mut reporter = reporter(&busy);
        for _ in 0..3 {
            assert_eq!(report(&mut reporter, 9), (0, 0, 9));
        }
        assert_eq!(busy.requests().len(), 1);
    }
    assert!(start.elapsed() < Duration::from_secs(9));
}

#[test]
fn a_refusal_is_final_and_does_not_keep_the_next_batches_from_arriving() {
    for status in [400, 401, 404, 501] {
        let collector = FakeCollector::answering([Answer::Status(status, "no")], Answer::Accept);
        let mut reporter = reporter(&collector).max_batch_size(500);
        let (sent, too_large, failed) = report(&mut reporter, 20);
        let lost = collector.requests().len() as u64;
        assert!(failed > 0 && lost > 1, "{status}");
        assert_eq!((sent + failed, too_large), (20, 0));
        assert_eq!(collector.spans().len() as u64, sent);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = FakeCollector::start();
    let collector = FakeCollector::answering([], Answer::Redirect(elsewhere.endpoint()));
    let mut reporter = reporter(&collector).bearer_auth("t0ken").unwrap();
    assert_eq!(report(&mut reporter, 2), (0, 0, 2));
    assert_eq!((collector.requests().len(), elsewhere.requests().len()), (1, 0));
}

#[test]
fn an_answer_that_is_no_http_is_a_loss_and_not_asked_for_again() {
    for garbage in [
        &b"SSH-2.0-OpenSSH\r\n\r\n"[..],
        b"\0\xff\x15\x03\x01",
        b"HTTP/1.1 abc def\r\n\r\n",
    ] {
        let collector = FakeCollector::answering([Answer::Garbage(garbage)], Answer::Accept);
        let mut reporter = reporter(&collector).retry_for(Duration::ZERO);
        assert_eq!(report(&mut reporter, 2), (0, 0, 2));
        assert_eq!(report(&mut reporter, 3), (3, 0, 0));
        assert_eq!(collector.spans().len(), 3);
    }
}

#[test]
fn a_collector_that_never_answers_is_left_in_time_and_found_again() {
    let collector = FakeCollector::answering([Answer::Never, Answer::Never], Answer::Accept);
    let mut reporter = reporter(&collector).timeout(SHORT).retry_for(SHORT);
    let before = Instant::now();
    let outcome = report(&mut reporter, 4);
    assert!(before.elapsed() < SECONDS);
    assert_eq!(outcome, (0, 0, 4));
    assert_eq!(report(&mut reporter, 4), (0, 0, 4));
    assert_eq!(report(&mut reporter, 4), (4, 0, 0));
}

#[test]
fn a_collector_that_answers_slowly_gets_every_span() {
    let collector = FakeCollector::answering([], Answer::AcceptAfter(SHORT));
    assert_eq!(report(&mut reporter(&collector), 4), (4, 0, 0));
    assert_eq!(collector.spans().len(), 4);
}

#[test]
fn without_a_collector_the_spans_are_counted_and_one_that_comes_is_reached() {
    let address = FakeCollector::nobody();
    let endpoint = format!("http://{address}/api/traces");
    let mut reporter = HttpReporter::new(&endpoint).unwrap().retry_for(SHORT);
    assert_eq!(report(&mut reporter, 5), (0, 0, 5));
    let collector = FakeCollector::start_at(address).unwrap();
    assert_eq!(report(&mut reporter, 5), (5, 0, 0));
    drop(collector);
    assert_eq!(report(&mut reporter, 5), (0, 0, 5));
}

#[test]
fn a_collector_that_restarts_loses_nothing() {
    let address = FakeCollector::nobody();
    let endpoint = format!("http://{address}/api/traces");
    let late = thread::spawn(move || {
        thread::sleep(SHORT);
        let collector = FakeCollector::start_at(address).unwrap();
        let deadline = Instant::now() + SECONDS;
        while collector.spans().len() < 5 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        collector.spans().len()
    });
    let mut reporter = HttpReporter::new(&endpoint).unwrap().retry_for(SECONDS);
    assert_eq!(report(&mut reporter, 5), (5, 0, 0));
    assert_eq!(late.join().unwrap(), 5);
}

#[test]
fn an_outage_that_lasts_is_not_waited_for_with_each_report() {
    let mut reporter = HttpReporter::new(&format!("http://{}/", FakeCollector::nobody()))
        .unwrap()
        .retry_for(SHORT);
    assert_eq!(report(&mut reporter, 1), (0, 0, 1));
    let before = Instant::now();
    for _ in 0..20 {
        assert_eq!(report(&mut reporter, 1), (0, 0, 1));
    }
    assert!(before.elapsed() < 20 * SHORT);
}

#[test]
fn a_name_that_does_not_resolve_is_a_counted_loss() {
    let reporter = HttpReporter::new("http://no-such-host.invalid:14268/api/traces").unwrap();
    assert_eq!(report(&mut reporter.retry_for(Duration::ZERO), 2), (0, 0, 2));
}

#[test]
fn a_name_and_an_ipv6_address_are_taken_as_well() {
    let collector = FakeCollector::start();
    let endpoint = format!("http://localhost:{}", collector.address().port());
    assert_eq!(report(&mut HttpReporter::new(&endpoint).unwrap(), 1), (1, 0, 0));
    assert_eq!(
        collector.requests()[0].line,
        "POST /api/traces?format=jaeger.thrift"
    );
    let Ok(collector) = FakeCollector::start_at("[::1]:0".parse().unwrap()) else {
        eprintln!("not tested: this machine has no IPv6");
        return;
    };
    assert_eq!(report(&mut reporter(&collector), 1), (1, 0, 0));
}

#[test]
fn the_guard_does_not_wait_longer_than_it_is_told_for_a_collector_that_never_answers() {
    let collector = FakeCollector::answering([], Answer::Never);
    let (tracer, guard) = Tracer::builder("svc")
        .reporter(reporter(&collector))
        .build()
        .unwrap();
    with_tracer(&tracer, || drop(start_active_span("work")));
    let before = Instant::now();
    assert!(guard.shutdown(SHORT).is_err());
    assert!(before.elapsed() < SHORT * 5);
}

#[test]
fn a_collector_that_never_answers_is_waited_for_once_by_all_batches_of_a_report() {
    let collector = FakeCollector::answering([], Answer::Never);
    let (tracer, guard) = Tracer::builder("svc")
        .batch_size(1)
        .reporter(
            reporter(&collector)
                .timeout(Duration::from_millis(200))
                .retry_for(Duration::ZERO),
        )
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        (0..200).for_each(|_| drop(start_active_span("work")));
    });
    assert!(guard.shutdown(Duration::from_secs(20)).is_ok());
    assert_eq!(tracer.stats().send_failure_spans, 200);
}

#[test]
fn any_timeout_will_do() {
    let collector = FakeCollector::start();
    let (tracer, guard) = Tracer::builder("svc")
        .reporter(
            reporter(&collector)
                .timeout(Duration::MAX)
                .retry_for(Duration::MAX),
        )
        .build()
        .unwrap();
    with_tracer(&tracer, || drop(start_active_span("work")));
    guard.shutdown(SECONDS).unwrap();
    assert_eq!(tracer.stats().reported_spans, 1);
}

#[test]
fn a_collector_that_never_answers_costs_the_host_neither_time_nor_memory() {
    const SPANS: u64 = 50_000;
    let collector = FakeCollector::answering([], Answer::Never);
    let (tracer, guard) = Tracer::builder("svc")
        .queue_size(1_000)
        .flush_interval(Duration::from_millis(1))
        .reporter(reporter(&collector).timeout(SHORT).retry_for(Duration::ZERO))
        .build()
        .unwrap();
    let before = Instant::now();
    with_tracer(&tracer, || {
        (0..SPANS).for_each(|_| drop(start_active_span("work")))
    });
    assert!(before.elapsed() < SECONDS);
    guard.shutdown(SECONDS).unwrap();
    let stats = tracer.stats();
    assert!(
        stats.queue_full_spans > 0 && stats.send_failure_spans > 0,
        "{stats:?}"
    );
    assert_eq!(
        stats.queue_full_spans + stats.send_failure_spans,
        SPANS,
        "{stats:?}"
    );
}

#[test]
fn what_was_sent_is_what_was_stored_and_what_was_counted() {
    const SPANS: u64 = 20_000;
    let answers = (0..60).map(|number| match number % 6 {
        0 => Answer::Status(500, "storage is away"),
        1 => Answer::Status(400, "do not like this one"),
        2 => Answer::Close,
        _ => Answer::Accept,
    });
    let collector = FakeCollector::answering(answers, Answer::Accept);
    let reporter = reporter(&collector).max_batch_size(20_000).retry_for(SHORT);
    let (tracer, guard) = Tracer::builder("svc")
        .queue_size(1_000)
        .flush_interval(Duration::from_millis(1))
        .reporter(reporter)
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        for number in 0..SPANS {
            drop(start_active_span("work"));
            if number % 500 == 0 {
                thread::sleep(Duration::from_millis(2));
            }
        }
    });
    guard.shutdown(SECONDS).unwrap();
    let stats = tracer.stats();
    let lost =
        stats.queue_full_spans + stats.send_failure_spans + stats.too_large_spans + stats.after_close_spans;
    assert_eq!(collector.spans().len() as u64, stats.reported_spans, "{stats:?}");
    assert_eq!(stats.reported_spans + lost, SPANS, "{stats:?}");
    assert!(
        stats.send_failure_spans > 0 && stats.reported_spans > 0,
        "{stats:?}"
    );
}
