//! The tracer of the whole process. It can be set once, and the log is global: hence one test in a file of its
//! own.

use std::sync::Mutex;
use std::time::Duration;

use fedtrace::{InitError, OpentracingConfig, init_tracer};

struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        self.0.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}

#[test]
fn init_tracer_installs_an_enabled_configuration_once_and_a_disabled_one_not_at_all() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let mut config = OpentracingConfig::default();
    let guard = init_tracer(&config, "example.org", "main").unwrap();
    drop(fedtrace::start_active_span("off"));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert!(fedtrace::global_tracer().is_none());
    assert_eq!(*LINES.0.lock().unwrap(), [""; 0], "nothing is logged when off");

    config.enabled = true;
    config.jaeger_config.logging = true;
    let guard = init_tracer(&config, "example.org", "main").unwrap();
    drop(fedtrace::start_active_span("on"));
    // Whether an agent listens on this machine is not known here, so only the lines of spans count.
    guard.flush(Duration::from_secs(10)).unwrap();
    let spans = || {
        let lines = LINES.0.lock().unwrap();
        let spans = lines.iter().filter(|line| line.contains("example.org main."));
        spans.cloned().collect::<Vec<_>>()
    };
    let [span] = &spans()[..] else {
        panic!("{:?}", LINES.0.lock().unwrap())
    };
    assert!(span.starts_with("INFO span "), "{span}");
    assert!(span.contains(":0:1 example.org main.on took "), "{span}");

    let error = init_tracer(&config, "example.org", "main").unwrap_err();
    assert!(matches!(error, InitError::AlreadySet));
    drop(fedtrace::start_active_span("still on"));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_eq!(spans().len(), 2);
}
