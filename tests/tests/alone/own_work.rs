//! Loggers that are traced or that misuse spans.

use std::cell::Cell;
use std::time::Duration;

use fedtrace::reporter::{CompositeReporter, LoggingReporter, MemoryReporter};
use fedtrace::{Tracer, build_span, set_global_tracer, set_tag, start_active_span, trace};
use fedtrace_tests::alone;

struct Traced;

impl log::Log for Traced {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    #[trace]
    fn log(&self, _: &log::Record<'_>) {
        set_tag("lost", true);
    }

    fn flush(&self) {}
}

#[test]
fn a_reporter_whose_logger_is_traced_reports_the_spans_of_requests_only() {
    alone(|| {
        log::set_logger(&Traced).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let memory = MemoryReporter::new();
        let (tracer, guard) = Tracer::builder("test")
            .reporter(
                CompositeReporter::new()
                    .with(memory.clone())
                    .with(LoggingReporter::new()),
            )
            .flush_interval(Duration::from_millis(1))
            .build()
            .unwrap();
        set_global_tracer(tracer.clone()).unwrap();
        drop(start_active_span("request"));
        std::thread::sleep(Duration::from_millis(100));
        guard.shutdown(Duration::from_secs(10)).unwrap();
        let names: Vec<_> = memory
            .finished_spans()
            .iter()
            .map(|span| span.operation_name.to_string())
            .collect();
        assert_eq!(names, ["request"]);
        assert_eq!(tracer.stats().missing_active_spans, 0);
    });
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static LINES: Cell<usize> = const { Cell::new(0) };
}

/// Makes with each line the same mistakes that the line is about.
struct Misuses;

fn misuse() {
    let span = build_span("misused").start();
    span.finish();
    span.set_tag("late", true);
    set_tag("lost", true);
    let outer = start_active_span("outer");
    let _inner = start_active_span("inner");
    drop(outer);
}

impl log::Log for Misuses {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        DEPTH.set(DEPTH.get() + 1);
        LINES.set(LINES.get() + 1);
        assert!(DEPTH.get() < 10);
        misuse();
        DEPTH.set(DEPTH.get() - 1);
    }

    fn flush(&self) {}
}

#[test]
fn a_logger_that_misuses_spans_is_not_told_of_its_own_mistakes() {
    alone(|| {
        log::set_logger(&Misuses).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let (tracer, guard) = Tracer::builder("test")
            .reporter(MemoryReporter::new())
            .build()
            .unwrap();
        set_global_tracer(tracer.clone()).unwrap();
        for _ in 0..100 {
            misuse();
        }
        guard.shutdown(Duration::from_secs(10)).unwrap();
        assert_eq!((DEPTH.get(), LINES.get()), (0, 3));
        let stats = tracer.stats();
        assert!(stats.uses_after_finish >= 100 && stats.missing_active_spans >= 100);
    });
}
