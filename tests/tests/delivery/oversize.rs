//! Spans that are too large for a packet.

use std::time::{Duration, UNIX_EPOCH};

use fedtrace::reporter::{Process, Report, Reporter, UdpReporter};
use fedtrace::{FinishedSpan, LogRecord, SpanId, Tag, TraceId};
use fedtrace_tests::{FakeAgent, tag};
use rustracing_jaeger::thrift::jaeger;

const SECONDS: Duration = Duration::from_secs(10);

fn process() -> Process {
    Process::new("svc", vec![Tag::new("hostname", "h")])
}

fn span(tag_lengths: &[usize], logs: usize) -> FinishedSpan {
    let mut span = FinishedSpan::new(
        TraceId::new(1).unwrap(),
        SpanId::new(2).unwrap(),
        "op",
        UNIX_EPOCH + Duration::from_secs(1_600_000_000),
        Duration::from_micros(1),
    );
    // Of two bytes per character, so that a cut in the middle of one would show.
    let lengths = tag_lengths.iter();
    span.tags = lengths
        .map(|length| Tag::new("key", "é".repeat(*length)))
        .collect();
    span.logs = (0..logs)
        .map(|number| {
            LogRecord::new(
                span.start_time,
                vec![Tag::new("event", "e"), Tag::new("number", number)],
            )
        })
        .collect();
    span
}

fn shortened(span: &jaeger::Span) -> bool {
    let key = "fedtrace.shortened".to_owned();
    tag(&span.tags, &key) == Some(&jaeger::Tag::Bool { key, value: true })
}

fn arrives(span: FinishedSpan) -> jaeger::Span {
    let agent = FakeAgent::start();
    let mut reporter = UdpReporter::new(agent.host(), agent.port());
    let report = reporter.report(&process(), (&[span]).into());
    assert_eq!((report.sent, report.failed, report.too_large), (1, 0, 0));
    let received = agent.spans_within(1, SECONDS).remove(0);
    assert!(agent.packets()[0].len() <= 65_000);
    received
}

#[test]
fn a_span_just_within_the_limit_is_not_touched() {
    let received = arrives(span(&[32_400], 0));
    assert!(!shortened(&received));
    assert_eq!(received.tags.len(), 1);
}

#[test]
fn a_long_value_is_cut_at_a_character_and_the_rest_stays() {
    let received = arrives(span(&[5, 100_000, 5], 3));
    assert!(shortened(&received));
    let texts = received.tags.iter().filter_map(|tag| match tag {
        jaeger::Tag::String { value, .. } => Some(value.as_str()),
        _ => None,
    });
    let (five, cut) = ("é".repeat(5), "é".repeat(2_048));
    assert_eq!(texts.collect::<Vec<_>>(), [&five, &cut, &five]);
    assert_eq!(received.logs.len(), 3);
}

#[test]
fn the_oldest_logs_go_before_any_tag() {
    let received = arrives(span(&[5; 20], 10_000));
    assert!(shortened(&received));
    assert_eq!(received.tags.len(), 21);
    assert!(received.logs.len() > 1_000);
    let last = received.logs.last().unwrap();
    let key = "number".to_owned();
    assert_eq!(
        tag(&last.fields, "number"),
        Some(&jaeger::Tag::Long { key, value: 9_999 })
    );
}

#[test]
fn what_cannot_be_shortened_enough_is_counted_and_its_neighbours_arrive() {
    let agent = FakeAgent::start();
    let mut reporter = UdpReporter::new(agent.host(), agent.port()).max_packet_size(220);
    let mut hopeless = span(&[], 0);
    hopeless.operation_name = "x".repeat(500).into();
    hopeless.tags = vec![Tag::new("error", "y".repeat(500)), Tag::new("z".repeat(64), 1)];
    let small = span(&[], 0);
    let report = reporter.report(&process(), (&[small.clone(), hopeless, small]).into());
    assert_eq!(report, Report::sent(2).with_too_large(1));
    assert_eq!(agent.spans_within(2, SECONDS).len(), 2);
}

#[test]
fn a_packet_size_that_no_span_fits_into_loses_all_and_says_so() {
    let mut reporter = UdpReporter::new("127.0.0.1", 9).max_packet_size(0);
    let report = reporter.report(&process(), (&[span(&[], 0)]).into());
    assert_eq!((report.sent, report.failed, report.too_large), (0, 0, 1));
}
