//! The tracer of the whole process, set up from a configuration.

use std::time::Duration;

use fedtrace::{InitError, OpentracingConfig, init_tracer};
use fedtrace_tests::{LogLines, alone};

#[test]
fn init_tracer_installs_an_enabled_configuration_once_and_a_disabled_one_not_at_all() {
    alone(|| {
        let log = LogLines::install();

        let mut config = OpentracingConfig::default();
        let guard = init_tracer(&config, "example.org").unwrap();
        drop(fedtrace::start_active_span("off"));
        guard.shutdown(Duration::from_secs(10)).unwrap();
        assert!(fedtrace::global_tracer().is_none());
        assert_eq!(log.take(), [""; 0], "nothing is logged when off");

        config.enabled = true;
        config.jaeger_config.logging = Some(true);
        let guard = init_tracer(&config, "example.org").unwrap();
        drop(fedtrace::start_active_span("on"));
        // Whether an agent listens on this machine is not known here, so only the lines of spans count.
        guard.flush(Duration::from_secs(10)).unwrap();
        let spans = || log.containing("example.org main.");
        let [span] = &spans()[..] else {
            panic!("{:?}", log.take())
        };
        assert!(span.starts_with("INFO span "), "{span}");
        assert!(span.contains(":0:1 example.org main.on took "), "{span}");

        let error = init_tracer(&config, "example.org").unwrap_err();
        assert!(matches!(error, InitError::AlreadySet));
        drop(fedtrace::start_active_span("still on"));
        guard.shutdown(Duration::from_secs(10)).unwrap();
        assert_eq!(spans().len(), 2);
    });
}
