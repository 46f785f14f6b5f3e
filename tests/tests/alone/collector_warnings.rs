//! What the log says about a collector that takes no spans.

use fedtrace::reporter::{HttpReporter, Process, Reporter};
use fedtrace_tests::{Answer, FakeCollector, LogLines, alone, finished_spans};

#[test]
fn repeated_failures_are_one_warning_that_names_the_collector_and_the_loss_and_no_secret() {
    alone(|| {
        let lines_of_log = LogLines::install();
        // Below it, the HTTP client shows each byte of a request, as the documentation of the reporter says.
        log::set_max_level(log::LevelFilter::Debug);
        let process = Process::new("svc", Vec::new());
        let refusal = Answer::Status(401, "no such user\nWARN all is lost");
        let collector = FakeCollector::answering([], refusal);
        let endpoint = format!("{}?key=hunter2", collector.endpoint());
        let reporter = HttpReporter::new(&endpoint).unwrap();
        let mut reporter = reporter.basic_auth("user", "hunter2").unwrap();
        for _ in 0..20 {
            assert_eq!(reporter.report(&process, (&finished_spans(2)).into()).failed, 2);
        }
        assert_eq!(collector.requests().len(), 20);
        let warnings = lines_of_log.containing("WARN fedtrace");
        assert_eq!(
            warnings,
            [format!(
                "WARN fedtrace: lost 2 spans since the last such warning: cannot send to the Jaeger collector at {}: it \
             answered 401 Unauthorized: no such user\\nWARN all is lost",
                collector.endpoint()
            )]
        );
        let lines = lines_of_log.take();
        let password = "dXNlcjpodW50ZXIy";
        assert!(
            lines.len() > warnings.len() && !lines.iter().any(|line| line.contains(password)),
            "{lines:?}"
        );
    });
}
