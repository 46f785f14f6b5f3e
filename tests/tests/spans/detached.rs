//! Spans that are entered and left without ending.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::thread;

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    DetachedSpan, SpanId, TraceFutureExt, Tracer, active_span, build_span, set_tag, start_active_span,
    with_tracer,
};
use fedtrace_tests::{pause, poll_once};

fn start(test: &TestTracer, name: &'static str) -> DetachedSpan {
    build_span(name).tracer(test.tracer()).start_detached()
}

fn active_id() -> Option<SpanId> {
    Some(active_span()?.context()?.span_id())
}

fn id(span: &DetachedSpan) -> Option<SpanId> {
    Some(span.context()?.span_id())
}

fn child(name: &'static str) {
    drop(start_active_span(name));
}

#[test]
fn a_detached_span_that_is_entered_twice_is_one_span_that_ends_when_it_is_dropped() {
    let test = TestTracer::new();
    let span = start(&test, "detached");
    assert!(active_span().is_none());
    for name in ["first", "second"] {
        let _entered = span.enter();
        assert_eq!(active_id(), id(&span));
        set_tag(name, true);
        child(name);
    }
    assert!(active_span().is_none());
    assert_eq!(span.in_scope(active_id), id(&span));
    span.set_tag("outside", 1).log_kv([("event", "left")]);
    span.set_operation_name("renamed");
    assert!(span.is_recorded());
    assert_eq!(test.finished_spans().len(), 2);
    drop(span);
    test.tree()
        .with_tags(["first", "second", "outside"])
        .assert_eq("renamed first=true second=true outside=1\n  first\n  second");
    assert_eq!(test.finished_span("renamed").logs.len(), 1);
    let stats = test.tracer().stats();
    assert_eq!((stats.abandoned_spans, stats.uses_after_finish), (0, 0));
    assert_eq!((stats.out_of_order_closes, stats.leaked_scopes), (0, 0));
}

#[test]
fn a_detached_span_is_a_child_of_what_is_active_at_its_start_and_not_at_its_entry() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        let span = build_span("detached").start_detached();
        drop(outer);
        let _elsewhere = start_active_span("elsewhere");
        span.in_scope(|| child("child"));
        child("beside");
        span.finish();
    });
    test.tree()
        .assert_eq("outer\n  detached\n    child\nelsewhere\n  beside");
}

#[test]
fn a_detached_span_is_entered_on_one_thread_after_another() {
    let test = TestTracer::new();
    let mut span = start(&test, "detached");
    for name in ["a", "b", "c", "d"] {
        span.in_scope(|| child("here"));
        span = thread::spawn(move || {
            span.in_scope(|| child(name));
            span
        })
        .join()
        .unwrap();
    }
    drop(span);
    test.tree().assert_eq(
        "
        detached
          here
          a
          here
          b
          here
          c
          here
          d
        ",
    );
}

#[test]
fn two_threads_are_in_a_detached_span_at_once_and_it_is_one_span() {
    let test = TestTracer::new();
    let span = start(&test, "detached");
    let both = Barrier::new(2);
    thread::scope(|scope| {
        for name in ["left", "right"] {
            let (span, both) = (&span, &both);
            scope.spawn(move || {
                for _ in 0..100 {
                    both.wait();
                    let entered = span.enter();
                    both.wait();
                    assert_eq!(active_id(), id(span));
                    set_tag(name, true);
                    child(name);
                    both.wait();
                    drop(entered);
                    assert!(active_span().is_none());
                }
            });
        }
    });
    drop(span);
    let spans = test.finished_spans();
    let detached = test.finished_span("detached");
    assert_eq!(spans.len(), 201);
    let is_set = |name| detached.tags.iter().any(|tag| tag.key == name);
    assert!(is_set("left") && is_set("right"));
    for span in spans.iter().filter(|span| span.operation_name != "detached") {
        assert_eq!(span.parent_span_id, Some(detached.span_id));
    }
    assert_eq!(test.tracer().stats().leaked_scopes, 0);
}

#[test]
fn a_detached_span_that_another_thread_is_in_ends_when_it_is_finished_here() {
    let test = TestTracer::new();
    let span = Arc::new(start(&test, "detached"));
    let (theirs, both) = (Arc::clone(&span), Arc::new(Barrier::new(2)));
    let there = thread::spawn({
        let both = Arc::clone(&both);
        move || {
            let _entered = theirs.enter();
            both.wait();
            both.wait();
            child("later");
        }
    });
    both.wait();
    span.span().finish();
    assert_eq!(test.finished_spans().len(), 1);
    both.wait();
    there.join().unwrap();
    test.tree().assert_eq("detached\n  later");
}

#[test]
fn a_change_by_another_thread_reaches_the_children_of_the_next_entry() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    let span = start(&test, "detached");
    span.in_scope(|| child("unrecorded"));
    assert!(!span.is_recorded());
    thread::scope(|scope| {
        scope.spawn(|| {
            span.span().force_tracing();
            span.span().set_baggage_item("key", "value");
        });
    });
    span.in_scope(|| {
        let child = start_active_span("recorded");
        assert_eq!(child.span().baggage_item("key").as_deref(), Some("value"));
    });
    drop(span);
    test.tree().assert_eq("detached\n  recorded");
}

#[test]
fn guards_that_are_dropped_out_of_order_take_their_own_entry_away() {
    let test = TestTracer::new();
    let (a, b) = (start(&test, "a"), start(&test, "b"));
    let in_a = a.enter();
    let in_b = b.enter();
    drop(in_a);
    assert_eq!(active_id(), id(&b));
    drop(in_b);
    assert!(active_span().is_none());
    assert_eq!(test.tracer().stats().out_of_order_closes, 1);
    a.in_scope(|| child("child of a"));
    drop((a, b));
    test.tree().assert_eq("a\n  child of a\nb");
}

#[test]
fn a_span_that_is_entered_again_inside_itself_is_left_once_for_each_entry() {
    let test = TestTracer::new();
    let (a, b) = (start(&test, "a"), start(&test, "b"));
    let outer = a.enter();
    let between = b.enter();
    let inner = a.enter();
    assert_eq!(active_id(), id(&a));
    drop(outer);
    assert_eq!(active_id(), id(&a), "the inner entry is still there");
    drop(inner);
    assert_eq!(active_id(), id(&b));
    drop(between);
    assert!(active_span().is_none());
    drop((a, b));
    assert_eq!(test.finished_spans().len(), 2);
    assert_eq!(test.tracer().stats().leaked_scopes, 0);
}

#[test]
fn a_scope_that_outlives_the_entry_around_it_stays_active() {
    let test = TestTracer::new();
    let span = start(&test, "detached");
    let entered = span.enter();
    let inner = start_active_span("inner");
    drop(entered);
    assert_eq!(
        active_id(),
        inner.span().context().map(|context| context.span_id())
    );
    child("innermost");
    span.in_scope(|| child("second entry"));
    drop(span);
    drop(inner);
    assert!(active_span().is_none());
    test.tree()
        .assert_eq("detached\n  inner\n    innermost\n  second entry");
}

#[test]
fn a_detached_span_that_is_dropped_while_a_forgotten_guard_is_in_it_ends() {
    let test = TestTracer::new();
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let span = start(&test, "detached");
            mem::forget(span.enter());
            span.in_scope(|| child("first"));
            drop(span);
            assert_eq!(test.finished_spans().len(), 2);
            child("second");
        });
        thread.join().unwrap();
    });
    test.tree().assert_eq("detached\n  first\n  second");
    assert_eq!(test.tracer().stats().leaked_scopes, 1);
}

#[test]
fn a_span_that_is_detached_while_its_scope_is_open_ends_once() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("work");
        let span = DetachedSpan::from(scope.span());
        span.in_scope(|| child("child"));
        drop(span);
        assert_eq!(test.finished_spans().len(), 2);
        drop(scope);
    });
    test.tree().assert_eq("work\n  child");
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn a_panic_inside_an_entry_marks_the_span_as_failed_and_leaves_it() {
    let test = TestTracer::new();
    let span = start(&test, "detached");
    let work = AssertUnwindSafe(|| span.in_scope(|| panic!("on purpose")));
    catch_unwind(work).unwrap_err();
    assert!(active_span().is_none());
    span.in_scope(|| child("afterwards"));
    drop(span);
    test.tree()
        .with_tags(["error"])
        .assert_eq("detached error=true\n  afterwards");
}

#[test]
fn a_future_that_holds_an_entry_takes_it_along_between_its_polls() {
    let test = TestTracer::new();
    let (span, outer) = (start(&test, "detached"), start(&test, "future"));
    let mut future = Box::pin(
        async {
            let _entered = span.enter();
            pause().await;
            child("child");
        }
        .in_span(outer.span().clone()),
    );
    assert!(!poll_once(future.as_mut()));
    assert!(active_span().is_none());
    span.in_scope(|| child("between"));
    assert!(poll_once(future.as_mut()));
    assert!(active_span().is_none());
    drop(future);
    drop((span, outer));
    test.tree().assert_eq("detached\n  between\n  child\nfuture");
}

thread_local! {
    static LAST: std::cell::RefCell<Option<DetachedSpan>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn a_detached_span_that_lives_as_long_as_its_thread_ends_with_it() {
    let test = TestTracer::new();
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            LAST.with(|last| {
                let span = start(&test, "detached");
                span.in_scope(|| child("child"));
                *last.borrow_mut() = Some(span);
            });
        });
        // Without it, the scope ends before the thread's values are dropped.
        thread.join().unwrap();
    });
    test.tree().assert_eq("detached\n  child");
}

#[test]
fn a_detached_span_without_a_tracer_is_empty() {
    let test = TestTracer::new();
    with_tracer(&Tracer::noop(), || {
        let span = build_span("detached").start_detached();
        assert!(!span.is_recorded());
        assert!(span.context().is_none());
        span.set_tag("key", 1).set_operation_name("other");
        assert!(span.in_scope(active_span).is_none());
    });
    let _outer = with_tracer(test.tracer(), || start_active_span("outer"));
    let off = with_tracer(&Tracer::noop(), || {
        build_span("x").ignore_active_span().start_detached()
    });
    assert!(off.in_scope(active_id).is_some(), "what was active stays active");
}

#[test]
fn what_is_sent_and_shared_is_the_span_and_not_its_guard() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<DetachedSpan>();
}
