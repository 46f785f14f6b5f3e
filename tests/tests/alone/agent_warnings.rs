//! What the log says about an agent that cannot be reached.

use fedtrace::reporter::{Process, Reporter, UdpReporter};
use fedtrace_tests::{LogLines, alone, finished_spans};

#[test]
fn repeated_failures_are_one_warning_that_names_the_agent_and_the_loss() {
    alone(|| {
        let log = LogLines::install();
        let process = Process::new("svc", Vec::new());
        let spans = finished_spans(3);
        let mut reporter = UdpReporter::new("no-such-host.invalid", 6831);
        for _ in 0..20 {
            assert_eq!(reporter.report(&process, (&spans).into()).failed, 3);
        }
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("WARN fedtrace: lost 3 spans"), "{lines:?}");
        assert!(lines[0].contains("no-such-host.invalid:6831"), "{lines:?}");
    });
}
