//! Spans that are open for long are reported as far as they are.

use std::pin::Pin;
use std::thread;
use std::time::{Duration, Instant};

use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::{
    FinishedSpan, TagValue, TraceFutureExt as _, Tracer, TracerBuilder, TracerGuard, bind_active_span,
    build_span, set_tag, start_active_span, tags, trace, with_tracer,
};
use fedtrace_tests::{LogLines, alone, pause, poll_once};

const PATIENCE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_millis(1);

struct Started {
    tracer: Tracer,
    guard: TracerGuard,
    reporter: MemoryReporter,
}

fn start_with(customize: impl FnOnce(TracerBuilder) -> TracerBuilder) -> Started {
    let reporter = MemoryReporter::new();
    // The worker works only on request.
    let builder = Tracer::builder("long")
        .reporter(reporter.clone())
        .flush_interval(Duration::MAX)
        .long_open_after(LONG);
    let (tracer, guard) = customize(builder).build().unwrap();
    Started {
        tracer,
        guard,
        reporter,
    }
}

fn start() -> Started {
    start_with(|builder| builder)
}

impl Started {
    fn reports(&self) -> u64 {
        self.tracer.stats().unfinished_reports
    }

    /// Does this again until there are so many reports of open spans.
    fn until_reports(&self, wanted: u64, mut again: impl FnMut()) {
        let deadline = Instant::now() + PATIENCE;
        while self.reports() < wanted {
            assert!(Instant::now() < deadline);
            self.guard.flush(PATIENCE).unwrap();
            again();
        }
    }

    /// Lets the worker see that everything so far has been open for long.
    fn let_time_pass(&self) {
        let begin = Instant::now();
        while begin.elapsed() <= 2 * LONG {
            thread::yield_now();
        }
        self.guard.flush(PATIENCE).unwrap();
    }

    fn spans(&self, name: &str) -> Vec<FinishedSpan> {
        self.guard.flush(PATIENCE).unwrap();
        let mut all = self.reporter.finished_spans();
        all.retain(|span| span.operation_name == name);
        all
    }

    /// All counts agree with each other once nothing is open.
    fn assert_counted(&self) {
        self.guard.flush(PATIENCE).unwrap();
        let stats = self.tracer.stats();
        assert_eq!(stats.open_spans, 0, "{stats:?}");
        assert_eq!(
            stats.started_sampled_spans, stats.finished_sampled_spans,
            "{stats:?}"
        );
        assert_eq!(stats.finished_sampled_spans, stats.reported_spans, "{stats:?}");
    }
}

fn is_unfinished(span: &FinishedSpan) -> bool {
    span.tag(tags::UNFINISHED) == Some(&TagValue::Bool(true))
}

#[trace]
async fn turn() {}

async fn endless_loop() {
    set_tag("loop", "sync");
    loop {
        turn().await;
        pause().await;
    }
}

#[test]
fn a_future_around_an_endless_loop_is_reported_with_the_id_that_its_children_name() {
    let started = start();
    let root = build_span("loop").tracer(&started.tracer).tag("own", 1).start();
    let mut future = Box::pin(endless_loop().in_span(root));
    started.until_reports(1, || assert!(!poll_once(future.as_mut())));
    let [report] = &started.spans("loop")[..] else {
        panic!("{:?}", started.spans("loop"))
    };
    assert!(is_unfinished(report) && report.duration >= LONG);
    assert_eq!(report.tag("own"), Some(&TagValue::Long(1)));
    assert_eq!(report.tag("loop"), Some(&TagValue::from("sync")));
    for child in started.spans("turn") {
        assert_eq!(child.parent_span_id, Some(report.span_id));
    }
    assert_eq!(started.tracer.stats().open_spans, 1);

    drop(future);
    let [first, .., last] = &started.spans("loop")[..] else {
        panic!("{:?}", started.spans("loop"))
    };
    assert_eq!((first.span_id, first.start_time), (last.span_id, last.start_time));
    assert!(last.duration > first.duration && !is_unfinished(last));
    assert_eq!(last.tag("own"), Some(&TagValue::Long(1)));
    started.assert_counted();
}

#[trace]
async fn traced_loop() {
    endless_loop().await;
}

#[trace]
async fn outer() {
    traced_loop().await;
}

#[test]
fn every_open_span_of_nested_futures_is_reported() {
    let started = start();
    let mut future = Box::pin(outer().with_tracer(&started.tracer));
    started.until_reports(2, || assert!(!poll_once(future.as_mut())));
    let [inner, outer] = [started.spans("traced_loop"), started.spans("outer")];
    assert_eq!(inner[0].parent_span_id, Some(outer[0].span_id));
    assert!(is_unfinished(&inner[0]) && is_unfinished(&outer[0]));
    drop(future);
    started.assert_counted();
}

#[test]
fn a_span_on_a_thread_is_reported_with_the_batches_of_its_children() {
    let started = start();
    with_tracer(&started.tracer, || {
        let _root = start_active_span("root");
        set_tag("own", 1);
        started.let_time_pass();
        assert_eq!(started.reports(), 0);
        for _ in 0..256 {
            drop(start_active_span("child"));
        }
        assert!(started.reports() > 0);
        set_tag("later", 2);
    });
    let roots = started.spans("root");
    let (first, last) = (&roots[0], &roots[roots.len() - 1]);
    assert!(is_unfinished(first) && !is_unfinished(last));
    assert_eq!(first.tag("later"), None);
    assert_eq!(last.tag("own"), Some(&TagValue::Long(1)));
    assert_eq!(last.tag("later"), Some(&TagValue::Long(2)));
    started.assert_counted();
}

#[test]
fn a_detached_span_is_reported_when_it_is_left() {
    let started = start();
    let connection = build_span("connection").tracer(&started.tracer).start_detached();
    started.until_reports(1, || {
        let _entered = connection.enter();
        drop(start_active_span("packet"));
    });
    assert!(is_unfinished(&started.spans("connection")[0]));
    drop(connection);
    started.assert_counted();
}

#[test]
fn a_span_with_a_handle_only_is_reported_when_another_one_starts_below_it() {
    let started = start();
    let span = build_span("handle").tracer(&started.tracer).start();
    started.until_reports(1, || drop(build_span("below").child_of(span.context()).start()));
    assert!(is_unfinished(&started.spans("handle")[0]));
    drop(span);
    started.assert_counted();
}

#[test]
fn many_threads_that_work_for_a_span_report_it_as_often_as_one() {
    let started = start();
    let begin = Instant::now();
    with_tracer(&started.tracer, || {
        let _root = start_active_span("root");
        let bound = bind_active_span();
        started.let_time_pass();
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| bound.in_scope(|| drop(start_active_span("job"))));
            }
        });
        let doubled = begin.elapsed().div_duration_f64(LONG).log2();
        assert!((1.0..=doubled + 1.0).contains(&(started.reports() as f64)));
    });
    assert!(is_unfinished(&started.spans("root")[0]));
    started.assert_counted();
}

#[test]
fn each_report_comes_when_the_span_is_twice_as_old_as_before() {
    let started = start();
    let root = build_span("loop").tracer(&started.tracer).start();
    let mut future = Box::pin(endless_loop().in_span(root));
    started.until_reports(5, || assert!(!poll_once(future.as_mut())));
    let reports = started.spans("loop");
    for (times, report) in reports.iter().enumerate() {
        // The clock of a thread is a little less exact than that of the worker.
        assert!(
            report.duration >= LONG.mul_f64(0.9) * 2_u32.pow(times as u32),
            "{reports:?}"
        );
    }
}

#[test]
fn a_span_that_ends_in_time_is_reported_once_and_so_is_every_span_with_zero() {
    for started in [
        start_with(|builder| builder.long_open_after(Duration::from_secs(3_600))),
        start_with(|builder| builder.long_open_after(Duration::ZERO)),
    ] {
        let root = build_span("root").tracer(&started.tracer).start();
        let mut future: Pin<Box<_>> = Box::pin(endless_loop().in_span(root));
        for _ in 0..3 {
            assert!(!poll_once(future.as_mut()));
            started.let_time_pass();
        }
        drop(future);
        assert_eq!((started.reports(), started.spans("root").len()), (0, 1));
        started.assert_counted();
    }
}

#[test]
fn a_span_that_is_not_recorded_is_not_reported() {
    let started = start_with(|builder| builder.sampler(ConstSampler::new(false)));
    let root = build_span("root").tracer(&started.tracer).start();
    let mut future = Box::pin(endless_loop().in_span(root));
    for _ in 0..3 {
        assert!(!poll_once(future.as_mut()));
        started.let_time_pass();
    }
    drop(future);
    assert_eq!(
        (started.reports(), started.reporter.finished_spans().len()),
        (0, 0)
    );
}

#[test]
fn finishing_the_span_of_an_open_scope_through_a_handle_does_not_wait_for_itself() {
    let started = start();
    with_tracer(&started.tracer, || {
        let scope = start_active_span("root");
        let span = scope.span();
        started.let_time_pass();
        for _ in 0..255 {
            drop(start_active_span("child"));
        }
        span.finish();
        drop(scope);
    });
    assert!(!is_unfinished(started.spans("root").last().unwrap()));
    started.assert_counted();
}

#[test]
fn a_span_that_is_open_for_long_is_logged_with_its_name_and_what_to_do() {
    alone(|| {
        let log = LogLines::install();
        let started = start();
        let root = build_span("sync loop").tracer(&started.tracer).start();
        let mut future = Box::pin(endless_loop().in_span(root));
        started.until_reports(2, || assert!(!poll_once(future.as_mut())));
        started.guard.flush(PATIENCE).unwrap();
        let [warning] = &log.containing("has been open for")[..] else {
            panic!("{:?}", log.take())
        };
        assert!(
            warning.contains("\"sync loop\"") && warning.contains("fedtrace::tokio::every"),
            "{warning}"
        );
    });
}

#[test]
fn the_section_says_how_long_that_is() {
    let read = |value: &str| {
        let text = format!("enabled: true\nfedtrace: {{ long_open_after: {value} }}");
        yaml_serde::from_str::<fedtrace::OpentracingConfig>(&text)
    };
    assert_eq!(
        read("0.5").unwrap().fedtrace.long_open_after,
        Some(Duration::from_millis(500))
    );
    assert_eq!(read("0").unwrap().fedtrace.long_open_after, Some(Duration::ZERO));
    let error = read("-1").unwrap_err().to_string();
    assert!(
        error.contains("opentracing.fedtrace.long_open_after: -1 is not an interval"),
        "{error}"
    );
}
