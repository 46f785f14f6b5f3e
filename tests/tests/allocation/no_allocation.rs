//! A span without a handle allocates nothing on the calling thread in steady state.
//!
//! Steady state: the thread's batch and the two that lie between it and the worker have the size that they need.
//! The rounds end with a flush, outside of what is counted, so that no test depends on how fast the worker is.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::sampler::ConstSampler;
use fedtrace::{
    TraceFutureExt, Tracer, TracerGuard, build_span, in_active_span_mut, start_active_span, trace,
    with_tracer, without_active_span,
};
use fedtrace_tests::allocations_in;

struct NoReporter;

impl Reporter for NoReporter {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(spans.len() as u64)
    }
}

pub(crate) fn tracer(sampled: bool) -> (Tracer, TracerGuard) {
    Tracer::builder("test")
        .reporter(NoReporter)
        .sampler(ConstSampler::new(sampled))
        // Nobody but the rounds asks for a flush, or what lies ready for the worker may be more than before.
        .flush_interval(Duration::from_secs(3600))
        .build()
        .expect("a worker thread")
}

const ROUNDS: u64 = 40;
const SPANS: u64 = 300;

/// What the thread allocates for 12,000 spans after a warm-up, for each round with a root around its spans.
pub(crate) fn allocations_in_steady_state(sampled: bool, spans: fn(u64)) -> u64 {
    let expected = if sampled { 50 * SPANS } else { 0 };
    allocations(sampled, expected, spans)
}

/// The same for recorded spans of which a round has fewer.
pub(crate) fn allocations_of_few(spans: fn(u64)) -> u64 {
    allocations(true, 50, spans)
}

/// Whatever allocates in steady state does so in each trial.
const TRIALS: usize = 5;

fn least(mut trials: impl Iterator<Item = u64>) -> u64 {
    let mut least = u64::MAX;
    while let Some(allocations) = trials.next().filter(|_| least > 0) {
        least = least.min(allocations);
    }
    least
}

fn allocations(sampled: bool, expected: u64, spans: fn(u64)) -> u64 {
    let (tracer, guard) = tracer(sampled);
    let round = || {
        let allocations = allocations_in(|| with_tracer(&tracer, || spans(SPANS)));
        guard.flush(Duration::from_secs(60)).expect("the worker works");
        allocations
    };
    for _ in 0..10 {
        round();
    }
    // A late wake-up of the worker in the middle of a round takes batches away, and the thread then needs others once.
    let trials = (0..TRIALS).map(|_| (0..ROUNDS).map(|_| round()).sum());
    let allocations = least(trials);
    assert!(
        tracer.stats().reported_spans >= expected,
        "the spans were recorded"
    );
    allocations
}

#[trace]
fn work(input: u64) -> u64 {
    black_box(input)
}

fn roots(times: u64) {
    for input in 0..times {
        work(input);
    }
}

fn children(times: u64) {
    let _root = start_active_span("root");
    roots(times);
}

pub(crate) struct Once(pub(crate) bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

#[trace]
async fn wait() {
    Once(false).await;
}

fn futures(times: u64) {
    let _root = start_active_span("root");
    root_futures(times);
}

fn root_futures(times: u64) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        let mut future = pin!(wait());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.poll(&mut context).is_ready());
    }
}

fn without_active(times: u64) {
    let _root = start_active_span("root");
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        let mut future = pin!(Once(false).without_active_span());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.poll(&mut context).is_ready());
        without_active_span(|| work(1));
    }
}

#[test]
fn work_without_an_active_span_allocates_nothing() {
    assert_eq!(allocations_in_steady_state(true, without_active), 0);
    assert_eq!(allocations_in_steady_state(false, without_active), 0);
}

fn entries(times: u64) {
    let span = build_span("detached").start_detached();
    for input in 0..times {
        span.in_scope(|| work(input));
    }
}

fn calls(times: u64) {
    let _root = start_active_span("root");
    (0..times).map(in_active_span_mut(work)).for_each(drop);
}

#[test]
fn a_call_of_a_bound_closure_allocates_nothing() {
    // The root has a handle, which the closure keeps.
    assert_eq!(allocations_in_steady_state(true, calls), ROUNDS);
}

#[test]
fn an_entry_of_a_detached_span_allocates_nothing() {
    // The span itself does: the record that threads share.
    let of_the_spans = ROUNDS;
    for sampled in [true, false] {
        let allocations = allocations_in_steady_state(sampled, entries);
        assert_eq!(allocations, of_the_spans);
    }
}

#[test]
fn a_sampled_child_allocates_nothing() {
    assert_eq!(allocations_in_steady_state(true, children), 0);
}

#[test]
fn a_sampled_root_allocates_nothing() {
    assert_eq!(allocations_in_steady_state(true, roots), 0);
}

#[test]
fn an_unsampled_span_allocates_nothing() {
    assert_eq!(allocations_in_steady_state(false, children), 0);
    assert_eq!(allocations_in_steady_state(false, roots), 0);
}

#[test]
fn a_future_polled_twice_allocates_nothing() {
    assert_eq!(allocations_in_steady_state(true, futures), 0);
    assert_eq!(allocations_in_steady_state(true, root_futures), 0);
    assert_eq!(allocations_in_steady_state(false, futures), 0);
}

#[test]
fn a_span_without_a_tracer_allocates_nothing() {
    let off = Tracer::noop();
    let allocations = allocations_in(|| with_tracer(&off, || children(SPANS)));
    // The scoped tracer is kept in a list of the thread.
    assert!(allocations <= 1, "{allocations}");
    assert_eq!(allocations_in(|| with_tracer(&off, || children(SPANS))), 0);
}

#[test]
fn allocations_are_counted() {
    assert_eq!(allocations_in(|| drop(black_box(Box::new(1)))), 1);
    let tagged = || {
        let root = start_active_span("root");
        root.span().set_tag("key", "value");
    };
    let (tracer, _guard) = tracer(true);
    assert!(allocations_in(|| with_tracer(&tracer, tagged)) > 0);
}
