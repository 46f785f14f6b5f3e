//! Collectors that refuse large requests.

use fedtrace::FinishedSpan;
use fedtrace::Tag;
use fedtrace::reporter::{HttpReporter, Process, Reporter};
use fedtrace_tests::{Answer, FakeCollector, finished_spans};

const LIMIT: usize = 100_000;

/// So many spans of about so many bytes.
fn spans(count: u64, bytes: usize) -> Vec<FinishedSpan> {
    let mut spans = finished_spans(count);
    for span in &mut spans {
        span.tags = vec![Tag::new("key", "x".repeat(bytes))];
    }
    spans
}

fn report(reporter: &mut HttpReporter, spans: &[FinishedSpan]) -> (u64, u64, u64) {
    let report = reporter.report(&Process::new("svc", Vec::new()), spans.into());
    // As the worker does, for which a report may be several calls.
    reporter.at_interval();
    (report.sent, report.too_large, report.failed)
}

/// A reporter in each format.
fn reporters(collector: &FakeCollector) -> [HttpReporter; 2] {
    [
        HttpReporter::new(&collector.endpoint()).unwrap(),
        HttpReporter::otlp(&collector.otlp_endpoint()).unwrap(),
    ]
}

fn refused(collector: &FakeCollector) -> usize {
    let requests = collector.requests();
    requests
        .iter()
        .filter(|request| request.body.len() > LIMIT)
        .count()
}

#[test]
fn a_refused_batch_is_halved_until_it_fits_and_the_size_is_remembered() {
    for format in 0..2 {
        let collector = FakeCollector::answering([], Answer::AcceptUpTo(LIMIT));
        let reporter = &mut reporters(&collector)[format];
        assert_eq!(report(reporter, &spans(1_000, 1_000)), (1_000, 0, 0));
        assert!((1..=5).contains(&refused(&collector)), "{}", refused(&collector));
        assert_eq!(collector.spans().len() + collector.otlp_spans().len(), 1_000);

        let before = collector.requests().len();
        assert_eq!(report(reporter, &spans(1_000, 1_000)), (1_000, 0, 0));
        let requests = collector.requests().split_off(before);
        assert!(requests.iter().all(|request| request.body.len() <= LIMIT));
        assert!(requests.len() < 25, "{}", requests.len());
    }
}

#[test]
fn only_a_span_that_is_refused_alone_is_lost() {
    for format in 0..2 {
        let collector = FakeCollector::answering([], Answer::AcceptUpTo(LIMIT));
        let reporter = &mut reporters(&collector)[format];
        let mut spans = spans(50, 1_000);
        spans[20].tags = vec![Tag::new("key", "x".repeat(2 * LIMIT))];
        assert_eq!(report(reporter, &spans), (49, 1, 0));
        assert_eq!(collector.spans().len() + collector.otlp_spans().len(), 49);
    }
}

#[test]
fn a_span_is_not_shortened_because_a_batch_was_refused() {
    let collector = FakeCollector::answering([], Answer::AcceptUpTo(LIMIT));
    let [reporter, _] = &mut reporters(&collector);
    assert_eq!(report(reporter, &spans(20, 80_000)), (20, 0, 0));
    assert!(collector.spans().iter().all(|span| span.tags.len() == 1));
}

#[test]
fn a_collector_that_refuses_every_size_is_asked_a_few_times_and_found_again_with_whole_batches() {
    for format in 0..2 {
        let refusing = FakeCollector::answering([], Answer::Status(413, "no"));
        assert_eq!(
            report(&mut reporters(&refusing)[format], &spans(1_000, 100)),
            (0, 1_000, 0)
        );
        let asked = refusing.requests().len();
        assert!(asked < 20, "{asked}");

        let refusals = vec![Answer::Status(413, "no"); asked];
        let collector = FakeCollector::answering(refusals, Answer::Accept);
        let reporter = &mut reporters(&collector)[format];
        assert_eq!(report(reporter, &spans(1_000, 100)), (0, 1_000, 0));
        assert_eq!(report(reporter, &spans(1_000, 100)), (1_000, 0, 0));
        assert_eq!(collector.requests().len(), asked + 1);
    }
}
