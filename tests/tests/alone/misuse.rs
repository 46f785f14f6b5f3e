//! What is said about spans that are used wrongly.

use fedtrace::testing::TestTracer;
use fedtrace::{build_span, start_active_span, with_tracer};
use fedtrace_tests::{LogLines, alone};

#[test]
fn misuse_is_counted_each_time_and_logged_without_flooding() {
    alone(|| {
        let log = LogLines::install();
        let test = TestTracer::new();

        for name in ["first", "second"] {
            let span = build_span("placeholder").tracer(test.tracer()).start();
            span.set_operation_name(name);
            span.finish();
            span.set_tag("late", true);
            span.log_kv([("event", "late")]);
            span.finish();
        }
        assert_eq!(test.tracer().stats().uses_after_finish, 6);
        let lines = log.take();
        assert_eq!(lines.len(), 1, "not once for each span: {lines:?}");
        assert!(lines[0].starts_with("WARN "), "{lines:?}");
        assert!(lines[0].contains("\"first\" after it had finished"), "{lines:?}");
        test.tree().with_tags(["late"]).assert_eq("first\nsecond");

        with_tracer(test.tracer(), || {
            for _ in 0..3 {
                let outer = start_active_span("outer");
                let inner = start_active_span("inner");
                drop(outer);
                drop(inner);
            }
        });
        assert_eq!(test.tracer().stats().out_of_order_closes, 3);
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("\"outer\""), "{lines:?}");
    });
}

#[test]
fn a_line_of_the_log_shows_what_others_wrote_escaped() {
    const FORGED: &str = "GET /x\n2026-01-01 ERROR auth: forged \u{1b}[31m";
    const ESCAPED: &str = "GET /x\\n2026-01-01 ERROR auth: forged \\u{1b}[31m";

    alone(|| {
        let log = LogLines::install();
        let test = TestTracer::new();
        let span = build_span(FORGED.to_owned()).tracer(test.tracer()).start();
        span.finish();
        span.set_tag("late", true);
        with_tracer(test.tracer(), || {
            let outer = start_active_span(FORGED);
            let _inner = start_active_span("inner");
            drop(outer);
        });
        let lines = log.take();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains(ESCAPED)), "{lines:?}");
    });
}
