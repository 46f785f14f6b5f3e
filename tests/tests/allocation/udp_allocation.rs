//! A reporter to an agent allocates nothing for the spans and packets of a report in steady state.

use std::net::UdpSocket;
use std::time::Duration;

use fedtrace::reporter::{Process, Reporter, Spans, UdpReporter};
use fedtrace::{FinishedSpan, LogRecord, Reference, SpanId, Tag};
use fedtrace_tests::{allocations_in, finished_spans};

const SPANS: u64 = 100;

fn spans() -> Vec<FinishedSpan> {
    let mut spans = finished_spans(SPANS);
    for span in &mut spans {
        span.parent_span_id = SpanId::new(7);
        span.references = vec![Reference::follows_from(span.trace_id, span.span_id)];
        span.tags = vec![
            Tag::new("room_id", "!room:example.org"),
            Tag::new("limit", 10),
            Tag::new("is_local", true),
            Tag::new("ratio", 0.5),
            Tag::new("not_finite", f64::NAN),
            Tag::new("hash", vec![1_u8, 2, 3]),
        ];
        let fields = (("event", "error"), ("attempt", 3));
        span.logs = vec![LogRecord::new(span.start_time, fields); 2];
    }
    spans
}

/// What each of ten reports of the same spans allocates.
fn allocations(reporter: fn(&'static str, u16) -> UdpReporter, max_packet_size: usize) -> Vec<u64> {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let reporter = reporter("127.0.0.1", agent.local_addr().unwrap().port());
    let mut reporter = reporter
        .max_packet_size(max_packet_size)
        .resolve_interval(Duration::MAX);
    let (process, spans) = (Process::new("svc", vec![Tag::new("hostname", "h")]), spans());
    let mut report = || {
        allocations_in(|| {
            let report = reporter.report(&process, Spans::from(&spans));
            assert_eq!((report.sent, report.failed, report.too_large), (SPANS, 0, 0));
        })
    };
    (0..10).map(|_| report()).collect()
}

#[test]
fn the_third_report_to_an_agent_and_those_after_it_allocate_nothing() {
    for reporter in [UdpReporter::new, UdpReporter::binary] {
        for max_packet_size in [65_000, 1_500] {
            let allocations = allocations(reporter, max_packet_size);
            assert!(allocations[0] > 0, "allocations are counted");
            assert_eq!(allocations[2..], [0; 8]);
        }
    }
}
