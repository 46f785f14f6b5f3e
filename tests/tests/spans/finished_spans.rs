//! Each span that started is counted as finished in the end, recorded or not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc;
use std::thread;

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    Scope, Span, TraceFutureExt, Tracer, active_span, build_span, force_tracing, set_tag, start_active_span,
    tags, trace, with_tracer,
};
use fedtrace_tests::{pause, poll_once};
use proptest::prelude::*;

fn never() -> TestTracer {
    TestTracer::with_sampler(ConstSampler::new(false))
}

/// Unsampled spans that started, and those that finished.
fn unsampled(tracer: &Tracer) -> (u64, u64) {
    let stats = tracer.stats();
    (stats.started_unsampled_spans, stats.finished_unsampled_spans)
}

#[trace]
async fn traced(depth: u32) {
    let _scope = start_active_span("inside");
    pause().await;
    if depth > 0 {
        Box::pin(traced(depth - 1)).await;
    }
}

#[test]
fn unsampled_spans_of_a_thread_are_finished_when_its_outermost_span_is_over() {
    let test = never();
    with_tracer(test.tracer(), || {
        let root = start_active_span("root");
        for _ in 0..3 {
            drop(start_active_span("child"));
        }
        assert_eq!(unsampled(test.tracer()), (1, 0));
        drop(root);
        assert_eq!(unsampled(test.tracer()), (4, 4));
        drop(start_active_span("another root"));
        assert_eq!(unsampled(test.tracer()), (5, 5));
    });
}

#[test]
fn an_unsampled_span_with_a_handle_is_finished_when_the_handle_says_so() {
    let test = never();
    let span = with_tracer(test.tracer(), || {
        let scope = build_span("root").finish_on_close(false).start_active();
        drop(start_active_span("child"));
        let span = scope.span();
        drop(scope);
        assert_eq!(unsampled(test.tracer()), (2, 1));
        span
    });
    span.finish();
    assert_eq!(unsampled(test.tracer()), (2, 2));
    span.finish();
    let abandoned = build_span("abandoned").child_of(span.context()).start();
    assert_eq!(unsampled(test.tracer()), (3, 2));
    drop(abandoned);
    assert_eq!(unsampled(test.tracer()), (3, 3));
}

#[test]
fn the_unsampled_span_of_a_future_is_finished_with_it_on_whatever_thread_that_is() {
    let test = never();
    let mut future = Box::pin(async {
        pause().await;
        drop(start_active_span("later"));
        pause().await;
    });
    let span = with_tracer(test.tracer(), || build_span("request").start());
    let mut given = Box::pin(future.as_mut().in_span(span));
    assert!(!poll_once(given.as_mut()));
    assert_eq!(unsampled(test.tracer()), (1, 0));
    thread::scope(|scope| {
        scope.spawn(|| assert!(!poll_once(given.as_mut())));
    });
    assert_eq!(unsampled(test.tracer()), (2, 1));
    assert!(poll_once(given.as_mut()));
    assert_eq!(unsampled(test.tracer()), (2, 2));

    let mut dropped = Box::pin(traced(1).with_tracer(test.tracer()));
    for _ in 0..2 {
        assert!(!poll_once(dropped.as_mut()));
    }
    drop(dropped);
    assert_eq!(unsampled(test.tracer()), (6, 6));
}

#[test]
fn what_threads_counted_stays_counted_when_they_are_over() {
    let test = never();
    for thread in 1..=4 {
        with_tracer(test.tracer(), || {
            let span = build_span("handed over").start();
            let tracer = test.tracer().clone();
            thread::spawn(move || {
                with_tracer(&tracer, || {
                    drop(start_active_span("root"));
                    std::mem::forget(start_active_span("never closed"));
                });
                span.finish();
            })
            .join()
            .unwrap();
        });
        for _ in 0..2 {
            assert_eq!(unsampled(test.tracer()), (3 * thread, 3 * thread));
            // The worker lets go of what the thread had.
            test.finished_spans();
        }
    }
}

#[test]
fn counting_never_goes_back_while_threads_come_and_go() {
    let test = never();
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..50 {
                let tracer = test.tracer().clone();
                thread::spawn(move || with_tracer(&tracer, || drop(start_active_span("root"))))
                    .join()
                    .unwrap();
                test.finished_spans();
            }
            drop(done);
        });
        let mut last = 0;
        while is_done.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let finished = unsampled(test.tracer()).1;
            assert!(finished >= last, "{finished} after {last}");
            last = finished;
        }
    });
    assert_eq!(unsampled(test.tracer()), (50, 50));
}

#[test]
fn a_span_that_is_forced_counts_as_finished_among_the_recorded_ones() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        drop(start_active_span("earlier"));
        force_tracing();
        drop(start_active_span("later"));
    });
    assert_eq!(test.finished_spans().len(), 2);
    let stats = test.tracer().stats();
    assert_eq!(
        (stats.finished_unsampled_spans, stats.finished_sampled_spans),
        (1, 2)
    );
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    /// Closes one of the open scopes, whichever.
    Close(usize),
    /// Takes a handle of the active span, and keeps it.
    Share,
    /// Starts a span that is not active, and keeps it.
    Start,
    /// Finishes one of the handles, whichever.
    Finish(usize),
    Force,
    Forbid,
    Pause,
    Panic,
}

async fn run(steps: Vec<Step>) {
    let mut open: Vec<Scope> = Vec::new();
    let mut handles: Vec<Span> = Vec::new();
    for step in steps {
        match step {
            Step::Open => open.push(start_active_span("scope")),
            Step::Close(index) if index < open.len() => drop(open.remove(index)),
            Step::Share => handles.extend(active_span()),
            Step::Start => handles.push(build_span("handle").start()),
            Step::Finish(index) if index < handles.len() => handles.remove(index).finish(),
            Step::Close(_) | Step::Finish(_) => {}
            Step::Force => force_tracing(),
            Step::Forbid => set_tag(tags::SAMPLING_PRIORITY, 0),
            Step::Pause => pause().await,
            Step::Panic => std::panic::resume_unwind(Box::new(())),
        }
    }
}

#[trace]
async fn run_traced(steps: Vec<Step>) {
    run(steps).await;
}

fn task(is_traced: bool, steps: Vec<Step>, tracer: &Tracer) -> Pin<Box<dyn Future<Output = ()>>> {
    if is_traced {
        Box::pin(run_traced(steps).with_tracer(tracer))
    } else {
        let span = build_span("given").tracer(tracer).start();
        Box::pin(run(steps).in_span(span))
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Open),
        4 => (0..3_usize).prop_map(Step::Close),
        1 => Just(Step::Share),
        1 => Just(Step::Start),
        2 => (0..3_usize).prop_map(Step::Finish),
        1 => Just(Step::Force),
        1 => Just(Step::Forbid),
        4 => Just(Step::Pause),
        1 => Just(Step::Panic),
    ];
    proptest::collection::vec(step, 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_span_that_started_finishes_once_whatever_happens_to_it(
        is_sampled in any::<bool>(),
        scripts in proptest::collection::vec((any::<bool>(), steps()), 1..5),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let test = TestTracer::with_sampler(ConstSampler::new(is_sampled));
        let mut tasks: Vec<_> = scripts
            .into_iter()
            .map(|(is_traced, steps)| Some(task(is_traced, steps, test.tracer())))
            .collect();
        for index in order {
            let index = index.index(tasks.len());
            let Some(task) = &mut tasks[index] else { continue };
            if catch_unwind(AssertUnwindSafe(|| poll_once(task.as_mut()))).unwrap_or(true) {
                tasks[index] = None;
            }
        }
        drop(tasks);
        test.finished_spans();
        let stats = test.tracer().stats();
        prop_assert_eq!(
            stats.started_sampled_spans + stats.started_unsampled_spans,
            stats.finished_sampled_spans + stats.finished_unsampled_spans,
            "{:?}", stats
        );
        prop_assert_eq!(stats.open_spans, 0, "{:?}", stats);
    }
}

/// A span with a handle, which ends off the stack.
fn child_with_a_handle() {
    let scope = start_active_span("child");
    scope.span().set_tag("key", 1);
}

#[test]
fn spans_with_handles_are_counted_as_started_once_their_root_has_ended() {
    let (tracer, guard) = Tracer::builder("counted").build().unwrap();
    with_tracer(&tracer, || {
        for _ in 0..10 {
            let _root = start_active_span("root");
            child_with_a_handle();
        }
    });
    let stats = tracer.stats();
    assert_eq!(
        (stats.started_sampled_spans, stats.finished_sampled_spans),
        (20, 20)
    );
    drop(guard);
}

#[test]
fn no_more_spans_have_finished_than_have_started_while_a_root_is_open() {
    let (tracer, guard) = Tracer::builder("open").build().unwrap();
    with_tracer(&tracer, || {
        let elsewhere = build_span("elsewhere").start();
        let _root = start_active_span("root");
        for _ in 0..1_000 {
            child_with_a_handle();
            let stats = tracer.stats();
            assert!(stats.started_sampled_spans >= stats.finished_sampled_spans);
            assert!(stats.open_spans >= 2, "{}", stats.open_spans);
        }
        assert!(tracer.stats().finished_sampled_spans >= 256);
        drop(elsewhere);
    });
    drop(guard);
}
