//! What the log says about an agent that cannot be reached. The log is global, hence a file of its own.

use std::time::{Duration, UNIX_EPOCH};

use fedtrace::reporter::{Process, Reporter, UdpReporter};
use fedtrace::{FinishedSpan, SpanId, TraceId};
use fedtrace_tests::LogLines;

#[test]
fn repeated_failures_are_one_warning_that_names_the_agent_and_the_loss() {
    let log = LogLines::install();
    let process = Process {
        service_name: "svc".to_owned(),
        tags: Vec::new(),
    };
    let span = FinishedSpan::new(
        TraceId::new(1).unwrap(),
        SpanId::new(2).unwrap(),
        "op",
        UNIX_EPOCH,
        Duration::ZERO,
    );
    let spans = vec![span; 3];
    let mut reporter = UdpReporter::new("no-such-host.invalid", 6831);
    for _ in 0..20 {
        assert_eq!(reporter.report(&process, &spans).failed, 3);
    }
    let lines = log.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("WARN fedtrace: lost 3 spans"), "{lines:?}");
    assert!(lines[0].contains("no-such-host.invalid:6831"), "{lines:?}");
}
