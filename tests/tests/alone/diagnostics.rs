//! What is said about calls that need an active span and find none.

use fedtrace::testing::TestTracer;
use fedtrace::{
    force_tracing, log_kv, set_operation_name, set_tag, start_active_span, tag_args, with_tracer,
};
use fedtrace_tests::{LogLines, alone};

#[tag_args]
fn tagged(number: u32) -> u32 {
    number
}

#[test]
fn a_call_without_an_active_span_is_counted_each_time_and_logged_once_for_each_place() {
    alone(|| {
        let log = LogLines::install();
        let test = TestTracer::new();
        let missing = || test.tracer().stats().missing_active_spans;

        set_tag("no", "tracer here");
        assert_eq!(missing(), 0);
        assert_eq!(log.take(), [""; 0]);

        let line = line!() + 3;
        with_tracer(test.tracer(), || {
            for _ in 0..5 {
                set_tag("key", "value");
            }
        });
        assert_eq!(missing(), 5);
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let place = |line| format!("{}:{line}:", file!());
        assert!(lines[0].starts_with("WARN fedtrace: "), "{lines:?}");
        assert!(lines[0].contains("no active span"), "{lines:?}");
        assert!(lines[0].contains(&place(line)), "{lines:?}");

        let line = line!() + 3;
        with_tracer(test.tracer(), || {
            for _ in 0..2 {
                set_tag("key", "value");
                log_kv([("event", "retry")]);
                set_operation_name("other");
                force_tracing();
            }
        });
        assert_eq!(missing(), 13);
        let lines = log.take();
        assert_eq!(lines.len(), 4, "{lines:?}");
        for (number, text) in (line..).zip(&lines) {
            assert!(text.contains(&place(number)), "{lines:?}");
        }

        with_tracer(test.tracer(), || {
            assert_eq!(tagged(1), 1);
            let _scope = start_active_span("scope");
            set_tag("key", "value");
        });
        assert_eq!(missing(), 13, "the attributes do not need an active span");
        assert_eq!(log.take(), [""; 0]);
        test.tree().with_tags(["key"]).assert_eq("scope key=value");
    });
}
