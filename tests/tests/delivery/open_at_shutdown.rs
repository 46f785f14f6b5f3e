//! Shutting down while tasks and threads have open spans.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::{
    Origin, Scope, Span, TraceFutureExt as _, Tracer, TracerGuard, build_span, extract, force_tracing,
    start_active_span, tags, trace, with_tracer,
};
use fedtrace_tests::{LogLines, alone, poll_once};
use tokio::sync::oneshot;

const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(40);

fn start() -> (Tracer, TracerGuard, MemoryReporter) {
    let reporter = MemoryReporter::new();
    let (tracer, guard) = Tracer::builder("ending")
        .reporter(reporter.clone())
        .build()
        .unwrap();
    (tracer, guard, reporter)
}

fn request(tracer: &Tracer, name: &'static str) -> Span {
    build_span(name).tracer(tracer).start()
}

fn names(reporter: &MemoryReporter) -> Vec<String> {
    let spans = reporter.finished_spans().into_iter();
    spans.map(|span| span.operation_name.into()).collect()
}

#[trace]
async fn nested(until: oneshot::Receiver<()>) {
    until.await.unwrap();
}

async fn with_a_span_at_the_end(until: oneshot::Receiver<()>) {
    nested(until).await;
    drop(start_active_span("after the call"));
}

#[tokio::test(flavor = "current_thread")]
async fn an_async_shutdown_waits_for_the_spans_of_other_tasks_and_for_what_starts_below_them() {
    let (tracer, guard, reporter) = start();
    let (end, until) = oneshot::channel();
    let task = tokio::spawn(with_a_span_at_the_end(until).in_span(request(&tracer, "request")));
    tokio::task::yield_now().await;
    let shutdown = guard.shutdown_async(PATIENCE);
    assert!(!tracer.is_enabled());
    assert!(request(&tracer, "too late").context().is_none());
    end.send(()).unwrap();
    task.await.unwrap();
    assert_eq!(shutdown.await, Ok(()));
    assert_eq!(names(&reporter), ["nested", "after the call", "request"]);
    assert_eq!(tracer.stats().lost_spans(), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn a_shutdown_that_waits_joins_no_more_traces_of_other_processes() {
    let (tracer, guard, reporter) = start();
    let headers = HashMap::from([("uber-trace-id".to_owned(), "1:2:0:1".to_owned())]);
    let remote = with_tracer(&tracer, || extract(&headers, Origin::Internal)).unwrap();
    let join = |name| build_span(name).tracer(&tracer).child_of(remote.clone()).start();
    let open = join("in time");
    let shutdown = guard.shutdown_async(PATIENCE);
    assert!(join("too late").context().is_none());
    open.finish();
    assert_eq!(shutdown.await, Ok(()));
    assert_eq!(names(&reporter), ["in time"]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_shutdown_says_how_many_spans_it_left_open_and_they_are_counted_as_lost() {
    let (tracer, guard, reporter) = start();
    drop(request(&tracer, "over"));
    let (end, until) = oneshot::channel();
    let task = tokio::spawn(nested(until).in_span(request(&tracer, "request")));
    tokio::task::yield_now().await;
    let error = guard.shutdown_async(10 * SHORT).await.unwrap_err();
    assert_eq!(error.open_spans(), 2);
    assert_eq!(error.to_string(), "spans were still open: 2");
    assert_eq!(names(&reporter), ["over"]);
    assert_eq!(tracer.stats().open_spans, 2);
    end.send(()).unwrap();
    task.await.unwrap();
    let stats = tracer.stats();
    assert_eq!((stats.open_spans, stats.after_close_spans), (0, 2));
}

#[test]
fn a_shutdown_waits_for_another_thread_and_not_for_the_spans_around_it() {
    let (tracer, guard, reporter) = start();
    let (is_open, open) = mpsc::channel();
    let (end, until) = mpsc::channel::<()>();
    let there = tracer.clone();
    let thread = thread::spawn(move || {
        let _root = request(&there, "there");
        is_open.send(()).unwrap();
        until.recv().unwrap();
    });
    open.recv().unwrap();
    let around: Scope = with_tracer(&tracer, || start_active_span("around"));
    let begin = Instant::now();
    // Only once the shutdown has begun.
    let ending = tracer.clone();
    let ender = thread::spawn(move || {
        while ending.is_enabled() {
            thread::yield_now();
        }
        end.send(()).unwrap();
    });
    let error = guard.shutdown(PATIENCE).unwrap_err();
    assert!(begin.elapsed() < PATIENCE / 2);
    assert_eq!(error.open_spans(), 1);
    assert_eq!(names(&reporter), ["there"]);
    ender.join().unwrap();
    thread.join().unwrap();
    drop(around);
    assert_eq!(tracer.stats().after_close_spans, 1);
}

#[test]
fn a_span_around_the_shutdown_that_was_forced_there_is_not_waited_for() {
    let (tracer, guard) = Tracer::builder("ending")
        .sampler(ConstSampler::new(false))
        .build()
        .unwrap();
    let around = with_tracer(&tracer, || start_active_span("around"));
    force_tracing();
    let begin = Instant::now();
    assert_eq!(guard.shutdown(PATIENCE).unwrap_err().open_spans(), 1);
    assert!(begin.elapsed() < PATIENCE / 4, "{:?}", begin.elapsed());
    drop(around);
}

#[test]
fn a_scope_around_the_shutdown_whose_span_is_over_or_not_recorded_stands_for_no_span_of_another_thread() {
    let ways: [fn(&Span); 2] = [Span::finish, |span| {
        span.set_tag(tags::SAMPLING_PRIORITY, 0);
    }];
    for end in ways {
        let (tracer, guard, reporter) = start();
        let (is_open, open) = mpsc::channel();
        let there = tracer.clone();
        let thread = thread::spawn(move || {
            let _root = request(&there, "there");
            is_open.send(()).unwrap();
            thread::sleep(SHORT * 5);
        });
        open.recv().unwrap();
        let around = with_tracer(&tracer, || start_active_span("around"));
        end(&around.span());
        assert_eq!(guard.shutdown(PATIENCE), Ok(()));
        assert!(names(&reporter).contains(&"there".to_owned()));
        drop(around);
        thread.join().unwrap();
        assert_eq!(tracer.stats().lost_spans(), 0);
    }
}

#[test]
fn spans_that_are_not_recorded_are_not_waited_for() {
    let (tracer, guard) = Tracer::builder("ending")
        .sampler(ConstSampler::new(false))
        .build()
        .unwrap();
    let open = request(&tracer, "unsampled");
    let begin = Instant::now();
    assert_eq!(guard.shutdown(PATIENCE), Ok(()));
    assert!(begin.elapsed() < PATIENCE / 2);
    drop(open);
}

#[test]
fn a_span_that_was_forced_later_is_waited_for() {
    let (tracer, guard) = Tracer::builder("ending")
        .sampler(ConstSampler::new(false))
        .build()
        .unwrap();
    let open = request(&tracer, "forced");
    open.force_tracing();
    assert_eq!(guard.shutdown(SHORT).unwrap_err().open_spans(), 1);
    drop(open);
    assert_eq!(tracer.stats().open_spans, 0);
}

#[test]
fn spans_of_a_thread_whose_outermost_span_stays_open_do_not_hide_those_of_others() {
    let (tracer, guard, _) = start();
    let others = [(); 3].map(|()| request(&tracer, "another"));
    with_tracer(&tracer, || {
        let _root = start_active_span("root");
        for _ in 0..1_000 {
            drop(start_active_span("child"));
        }
        assert_eq!(tracer.stats().open_spans, 4);
    });
    assert_eq!(tracer.stats().open_spans, 3);
    drop(others);
    assert_eq!(tracer.stats().open_spans, 0);
    assert_eq!(guard.shutdown(PATIENCE), Ok(()));
}

#[test]
fn a_guard_that_is_dropped_in_a_runtime_says_which_spans_are_lost_and_does_not_wait() {
    alone(|| {
        let log = LogLines::install();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (tracer, guard, _) = start();
        runtime.block_on(async {
            tokio::spawn(std::future::pending::<()>().in_span(request(&tracer, "request")));
            tokio::task::yield_now().await;
            drop(guard);
        });
        let [warning] = &log.containing("were open")[..] else {
            panic!("{:?}", log.take())
        };
        assert!(
            warning.contains("\"ending\"") && warning.contains(": 1."),
            "{warning}"
        );
        assert_eq!(tracer.stats().lost_spans(), 0);
        drop(runtime);
        assert_eq!(tracer.stats().after_close_spans, 1);
    });
}

#[test]
fn a_shutdown_with_nothing_open_warns_of_nothing() {
    alone(|| {
        let log = LogLines::install();
        let (tracer, guard, _) = start();
        drop(request(&tracer, "over"));
        assert_eq!(guard.shutdown(PATIENCE), Ok(()));
        let (tracer, guard, _) = start();
        drop(request(&tracer, "over"));
        drop(guard);
        assert_eq!(log.containing("open"), [""; 0]);
    });
}

#[test]
fn a_span_that_outlives_its_tracer_is_not_reported_by_the_next_one_of_its_thread() {
    let (first, guard, reporter) = start();
    let open = with_tracer(&first, || start_active_span("open"));
    assert_eq!(guard.shutdown(SHORT).unwrap_err().open_spans(), 1);
    let (second, guard, next_reporter) = start();
    drop(
        build_span("next")
            .tracer(&second)
            .ignore_active_span()
            .start_active(),
    );
    drop(open);
    guard.shutdown(PATIENCE).unwrap();
    assert_eq!(names(&reporter), [""; 0]);
    assert_eq!(names(&next_reporter), ["next"]);
    assert_eq!(first.stats().after_close_spans, 1);
    assert_eq!(second.stats().lost_spans(), 0);
}

#[test]
fn a_child_that_finishes_on_another_thread_does_not_hide_an_open_span() {
    let (tracer, _guard, _) = start();
    with_tracer(&tracer, || {
        let _request = start_active_span("request");
        for round in [1, 2] {
            let child = start_active_span("query");
            let handle = child.span();
            thread::spawn(move || handle.finish()).join().unwrap();
            assert_eq!(tracer.stats().open_spans, 1, "round {round}");
        }
    });
    assert_eq!(tracer.stats().open_spans, 0);
}

/// A traced function whose future ends elsewhere.
#[trace]
fn job() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let until = std::hint::black_box(1);
    Box::pin(async move {
        std::hint::black_box(until);
    })
}

#[test]
fn futures_that_end_on_another_thread_do_not_hide_an_open_span() {
    let (tracer, _guard, _) = start();
    with_tracer(&tracer, || {
        let _accept_loop = start_active_span("accept-loop");
        for _ in 0..10 {
            let mut job = job();
            thread::spawn(move || assert!(poll_once(job.as_mut())))
                .join()
                .unwrap();
            assert_eq!(tracer.stats().open_spans, 1);
        }
    });
    assert_eq!(tracer.stats().open_spans, 0);
}
