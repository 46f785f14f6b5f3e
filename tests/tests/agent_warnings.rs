//! What the log says about an agent that cannot be reached. The log is global, hence a file of its own.

use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use fedtrace::reporter::{Process, Reporter, UdpReporter};
use fedtrace::{FinishedSpan, SpanId, TraceId};

struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{} {}", record.level(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn repeated_failures_are_one_warning_that_names_the_agent_and_the_loss() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
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
    let lines = LINES.0.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("WARN fedtrace: lost 3 spans"), "{lines:?}");
    assert!(lines[0].contains("no-such-host.invalid:6831"), "{lines:?}");
}
