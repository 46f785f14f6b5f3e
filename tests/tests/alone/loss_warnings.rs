//! What the log says about spans that were lost before a transport had them.

use std::time::Duration;

use fedtrace::reporter::{CompositeReporter, MemoryReporter, Process, Report, Reporter, Spans};
use fedtrace::{Tracer, TracerBuilder, start_active_span, with_tracer};
use fedtrace_tests::{LogLines, alone};

/// Five times a trace of ten spans.
fn work(builder: TracerBuilder) -> Tracer {
    let (tracer, guard) = builder.build().unwrap();
    for _ in 0..5 {
        with_tracer(&tracer, || {
            let _root = start_active_span("root");
            for _ in 0..9 {
                drop(start_active_span("child"));
            }
        });
        guard.flush(Duration::from_secs(20)).unwrap();
    }
    tracer
}

fn assert_said_once(spans: &str, reason: &str) {
    let lines = LogLines::install().containing(reason);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let beginning = format!("WARN fedtrace: lost {spans} since the last such warning: ");
    assert!(lines[0].starts_with(&beginning), "{lines:?}");
}

struct TooLarge;

impl Reporter for TooLarge {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(0).with_too_large(spans.len() as u64)
    }
}

struct Panics;

impl Reporter for Panics {
    fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
        panic!("on purpose")
    }
}

#[test]
fn a_full_queue_is_one_warning() {
    alone(|| {
        LogLines::install();
        let tracer = work(Tracer::builder("a").reporter(MemoryReporter::new()).queue_size(9));
        assert_eq!(tracer.stats().queue_full_spans, 5);
        assert_said_once("1 span", "the queue was full");
    });
}

#[test]
fn spans_that_are_too_large_are_one_warning() {
    alone(|| {
        LogLines::install();
        let tracer = work(Tracer::builder("b").reporter(TooLarge));
        assert_eq!(tracer.stats().too_large_spans, 50);
        assert_said_once("10 spans", "larger than the limit of the transport");
    });
}

#[test]
fn a_reporter_that_panics_is_one_warning() {
    alone(|| {
        LogLines::install();
        let tracer = work(Tracer::builder("c").reporter(Panics));
        assert_eq!(tracer.stats().send_failure_spans, 50);
        assert_said_once("10 spans", ": the reporter panicked");
    });
}

#[test]
fn one_of_several_reporters_that_panics_is_one_warning() {
    alone(|| {
        LogLines::install();
        let tracer = work(Tracer::builder("d").reporter(CompositeReporter::new().with(Panics)));
        assert_eq!(tracer.stats().send_failure_spans, 50);
        assert_said_once("10 spans", "one of several reporters panicked");
    });
}
