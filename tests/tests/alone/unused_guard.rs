//! What is said about a tracer that ends before it has begun.

use std::time::Duration;

use fedtrace::testing::TestTracer;
use fedtrace::{OpentracingConfig, Tracer, TracerGuard, init_tracer, start_active_span, with_tracer};
use fedtrace_tests::{LogLines, alone};

fn build() -> (Tracer, TracerGuard) {
    Tracer::builder("unused").build().unwrap()
}

#[test]
fn a_guard_that_is_dropped_before_the_first_span_is_logged_once_with_what_to_write() {
    alone(|| {
        let log = LogLines::install();
        let warnings = || log.containing("before its first span");

        // A tracer that had a span, one that is shut down on purpose, and one that never began.
        let (tracer, guard) = build();
        with_tracer(&tracer, || drop(start_active_span("span")));
        drop(guard);
        build().1.shutdown(Duration::from_secs(10)).unwrap();
        drop(TestTracer::new());
        drop(TracerGuard::noop());
        assert_eq!(warnings(), [""; 0]);

        let mut config = OpentracingConfig::default();
        config.enabled = true;
        for _ in 0..2 {
            let _ = init_tracer(&config, "example.org").unwrap();
        }
        let [warning] = &warnings()[..] else {
            panic!("{:?}", log.take())
        };
        assert!(warning.starts_with("WARN fedtrace: "), "{warning}");
        assert!(
            warning.contains("write `let _guard = …`, not `let _ = …`"),
            "{warning}"
        );
    });
}

#[test]
fn a_tracer_that_is_refused_as_the_global_one_is_not_taken_for_an_unused_one() {
    alone(|| {
        let log = LogLines::install();
        let mut config = OpentracingConfig::default();
        config.enabled = true;
        let guard = init_tracer(&config, "example.org").unwrap();
        init_tracer(&config, "example.org").unwrap_err();
        assert_eq!(log.containing("before its first span"), [""; 0]);
        guard.shutdown(Duration::from_secs(10)).unwrap();
    });
}
