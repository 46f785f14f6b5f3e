//! Futures, closures and tasks that run in a span that exists already.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::mpsc;

use fedtrace::testing::TestTracer;
use fedtrace::{
    Span, SpanId, TraceFutureExt, active_span, build_span, in_active_span, start_active_span, with_tracer,
};
use fedtrace_tests::{pause, poll_once};
use futures::executor::block_on;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, LocalSet};

fn active_id() -> Option<SpanId> {
    active_span()
        .and_then(|span| span.context())
        .map(|context| context.span_id())
}

fn id(span: &Span) -> Option<SpanId> {
    span.context().map(|context| context.span_id())
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn start(test: &TestTracer, name: &'static str) -> Span {
    build_span(name).tracer(test.tracer()).start()
}

async fn child(name: &'static str) {
    let before = active_id();
    pause().await;
    assert_eq!(active_id(), before);
    drop(start_active_span(name));
}

#[test]
fn in_span_ends_the_span_with_the_future() {
    let test = TestTracer::new();
    let span = start(&test, "work");
    let expected = id(&span);
    let mut future = Box::pin(
        async {
            pause().await;
            active_id()
        }
        .in_span(span),
    );
    assert!(!poll_once(future.as_mut()));
    assert_eq!(test.finished_spans(), []);
    assert_eq!(block_on(future.as_mut()), expected);
    test.tree().with_tags(["cancelled", "error"]).assert_eq("work");
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_future_in_a_span_that_is_dropped_early_ends_the_span_as_cancelled() {
    let test = TestTracer::new();
    drop(child("child").in_span(start(&test, "never polled")));
    let mut polled = Box::pin(child("child").in_span(start(&test, "polled")));
    assert!(!poll_once(polled.as_mut()));
    drop(polled);
    test.tree()
        .with_tags(["cancelled"])
        .assert_eq("never polled cancelled=true\npolled cancelled=true");
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_panic_of_a_future_in_a_span_ends_the_span_as_failed() {
    let test = TestTracer::new();
    let span = start(&test, "fails");
    multi_thread().block_on(async {
        let task = tokio::spawn(async { panic!("on purpose") }.in_span(span));
        assert!(task.await.unwrap_err().is_panic());
    });
    test.tree()
        .with_tags(["error", "cancelled"])
        .assert_eq("fails error=true");
}

#[test]
fn a_span_that_was_finished_through_its_handle_is_reported_once() {
    let test = TestTracer::new();
    let span = start(&test, "work");
    let handle = span.clone();
    block_on(async move { handle.finish() }.in_span(span.clone()));
    drop(async {}.in_span(span));
    test.tree().with_tags(["cancelled"]).assert_eq("work");
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn in_active_span_takes_the_span_that_is_active_at_the_call_and_does_not_end_it() {
    let test = TestTracer::new();
    let (done, is_done) = mpsc::channel();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("at the call");
        let bound = Box::pin(child("child").in_active_span());
        let late = child("late child").in_active_span();
        let dropped = Box::pin(child("unseen").in_active_span());
        let _inner = start_active_span("at the poll");
        let thread = std::thread::spawn(move || {
            block_on(bound);
            let mut dropped = dropped;
            assert!(!poll_once(dropped.as_mut()));
            drop(dropped);
            done.send(()).unwrap();
        });
        is_done.recv().unwrap();
        thread.join().unwrap();
        let spans = test.finished_spans();
        assert_eq!(spans.len(), 1, "only the child is over: {spans:?}");
        scope.span().set_tag("still", "open");
        drop(_inner);
        drop(scope);
        block_on(late);
    });
    test.tree().with_tags(["still", "cancelled"]).assert_eq(
        "
        at the call still=open
          at the poll
          child
          late child
        ",
    );
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn a_spawned_task_has_no_active_span_unless_it_is_bound_to_one() {
    let test = TestTracer::new();
    let tracer = test.tracer();
    multi_thread().block_on(
        async {
            tokio::spawn(async { assert_eq!(active_id(), None) })
                .await
                .unwrap();
            tokio::spawn(child("spawn").in_active_span()).await.unwrap();
            let mut set = JoinSet::new();
            set.spawn(child("join set").in_active_span());
            set.join_all().await;
            let blocking = in_active_span(|| drop(start_active_span("spawn_blocking")));
            tokio::task::spawn_blocking(blocking).await.unwrap();
            let local = LocalSet::new();
            local.spawn_local(child("spawn_local").in_active_span());
            local.await;
        }
        .in_span(build_span("request").tracer(tracer).start()),
    );
    test.tree().assert_eq(
        "
        request
          spawn
          join set
          spawn_blocking
          spawn_local
        ",
    );
}

#[test]
fn the_same_span_is_active_in_several_futures_at_once() {
    let test = TestTracer::new();
    let request = start(&test, "request");
    let expected = id(&request);
    let work = async move {
        let (one, other) = (tokio::sync::Barrier::new(3), tokio::sync::Barrier::new(3));
        let barriers = std::sync::Arc::new((one, other));
        let mut tasks = JoinSet::new();
        for _ in 0..3 {
            let barriers = barriers.clone();
            tasks.spawn(
                async move {
                    barriers.0.wait().await;
                    assert_eq!(active_id(), expected);
                    let scope = start_active_span("part");
                    fedtrace::set_tag("n", 1);
                    drop(scope);
                    barriers.1.wait().await;
                    assert_eq!(active_id(), expected);
                }
                .in_active_span(),
            );
        }
        tasks.join_all().await;
    };
    multi_thread().block_on(async { tokio::spawn(work.in_span(request)).await.unwrap() });
    test.tree()
        .with_tags(["n"])
        .assert_eq("request\n  part n=1\n  part n=1\n  part n=1");
}

#[test]
fn a_span_may_be_active_twice_on_one_thread() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("request");
        let outer = active_id();
        block_on(
            async {
                let mut inner = pin!(child("inner").in_active_span());
                assert!(!poll_once(inner.as_mut()));
                assert_eq!(active_id(), outer);
                assert!(poll_once(inner.as_mut()));
                assert_eq!(active_id(), outer);
                in_active_span(|| drop(start_active_span("closure")))();
                assert_eq!(active_id(), outer);
            }
            .in_active_span(),
        );
        assert_eq!(active_id(), outer);
        drop(scope);
        assert_eq!(active_id(), None);
    });
    test.tree().assert_eq("request\n  inner\n  closure");
    assert_eq!(test.tracer().stats().out_of_order_closes, 0);
}

#[test]
fn a_panic_in_a_bound_closure_leaves_the_stack_clean_and_does_not_end_the_span() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("request");
        let before = active_id();
        let bound = in_active_span(|| panic!("on purpose"));
        let elsewhere = in_active_span(|| panic!("on purpose"));
        assert!(catch_unwind(AssertUnwindSafe(bound)).is_err());
        assert_eq!(active_id(), before);
        let thread = std::thread::spawn(move || {
            assert!(catch_unwind(AssertUnwindSafe(elsewhere)).is_err());
            assert_eq!(active_id(), None);
        });
        thread.join().unwrap();
        assert_eq!(test.finished_spans(), []);
    });
    test.tree().with_tags(["error"]).assert_eq("request");
}

struct RootOnDrop(&'static str);

impl Drop for RootOnDrop {
    fn drop(&mut self) {
        drop(start_active_span(self.0));
    }
}

#[test]
fn with_tracer_holds_in_each_poll_and_in_the_drop_of_its_future_and_nowhere_else() {
    let test = TestTracer::new();
    let work = async {
        let _dropped = RootOnDrop("in drop");
        drop(start_active_span("first poll"));
        pause().await;
        drop(start_active_span("second poll"));
        std::future::pending::<()>().await;
    };
    let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work.with_tracer(test.tracer()));
    for _ in 0..2 {
        assert!(!poll_once(future.as_mut()));
        drop(start_active_span("outside"));
    }
    drop(future);
    drop(start_active_span("outside"));
    test.tree().assert_eq("first poll\nsecond poll\nin drop");
}

#[test]
fn with_tracer_does_not_take_children_from_the_tracer_of_their_parent() {
    let (parents, others) = (TestTracer::new(), TestTracer::new());
    let work = async {
        child("child").await;
        let root = build_span("root").ignore_active_span().tracer(others.tracer());
        drop(root.start_active());
    };
    block_on(
        work.with_tracer(others.tracer())
            .in_span(start(&parents, "parent")),
    );
    parents.tree().assert_eq("parent\n  child");
    others.tree().assert_eq("root");
}
