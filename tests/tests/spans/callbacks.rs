//! Closures that run in the span that was active where they were bound.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{
    BoundSpan, TraceFutureExt, active_span, bind_active_span, in_active_span_fn, in_active_span_mut,
    in_active_span_once, start_active_span, trace_id, with_tracer, without_active_span,
};
use futures::executor::block_on;

fn child(name: &'static str) {
    drop(start_active_span(name));
}

#[test]
fn the_closure_of_an_iterator_runs_in_the_span_where_it_was_bound_and_its_consumer_does_not() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("at the call");
        let mut calls = 0;
        let items = (1..=2).map(in_active_span_mut(|item: u32| {
            calls += 1;
            child("item");
            item * 10
        }));
        drop(scope);
        let _consumer = start_active_span("consumer");
        let items: Vec<_> = items.inspect(|_| child("consumed")).collect();
        assert_eq!((items, calls), (vec![10, 20], 2));
    });
    test.tree().assert_eq(
        "
        at the call
          item
          item
        consumer
          consumed
          consumed
        ",
    );
}

#[test]
fn a_callback_that_two_threads_call_at_once_runs_in_its_span_on_both() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("at the call");
        let both = Barrier::new(2);
        let callback = in_active_span_fn(|name| {
            both.wait();
            child(name);
            both.wait();
        });
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    callback("child");
                    assert!(active_span().is_none());
                });
            }
        });
        drop(scope);
    });
    test.tree().assert_eq("at the call\n  child\n  child");
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_future_that_a_bound_callback_returns_is_bound_inside_it() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("request");
        let on_upgrade = in_active_span_once(|name| async move { child(name) }.in_active_span());
        drop(scope);
        thread::spawn(move || block_on(on_upgrade("upgraded")))
            .join()
            .unwrap();
    });
    test.tree().assert_eq("request\n  upgraded");
}

#[test]
fn a_callback_that_borrows_and_has_several_arguments_runs_in_a_bound_span() {
    fn call(mut callback: impl FnMut(&str, u32) -> u32) -> u32 {
        callback("one", 1) + callback("two", 2)
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("at the call");
        let span = bind_active_span();
        drop(scope);
        let sum = call(|name, number| {
            span.in_scope(|| {
                drop(start_active_span(name.to_owned()));
                number
            })
        });
        assert_eq!(sum, 3);
    });
    test.tree().assert_eq("at the call\n  one\n  two");
}

#[test]
fn a_callback_that_is_bound_where_no_span_is_active_runs_without_one() {
    let test = TestTracer::new();
    let unbound = without_active_span(|| in_active_span_fn(|()| trace_id()));
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("caller");
        assert_eq!(unbound(()), None);
    });
}

#[test]
fn a_panic_of_a_bound_callback_leaves_the_thread_as_it_was_and_the_span_unmarked() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("at the call");
        let fails = in_active_span_once(|()| panic!("on purpose"));
        let caller = start_active_span("caller");
        catch_unwind(AssertUnwindSafe(|| fails(()))).unwrap_err();
        assert_eq!(
            active_span().and_then(|span| span.context()),
            caller.span().context()
        );
        drop(caller);
        drop(scope);
    });
    test.tree()
        .with_tags(["error"])
        .assert_eq("at the call\n  caller");
}

#[test]
fn a_bound_span_is_sent_and_shared() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<BoundSpan>();
}
