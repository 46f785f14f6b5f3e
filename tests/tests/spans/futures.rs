//! Spans of futures: which one is active when, whatever the executor does with them.

use std::cell::RefCell;
use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{
    Scope, SpanId, TagValue, TraceFutureExt, active_span, build_span, start_active_span, with_tracer,
};
use fedtrace::{trace, trace_with_opname};
use fedtrace_tests::{pause, poll_once};
use futures::StreamExt;
use futures::executor::{LocalPool, block_on};
use futures::stream::FuturesUnordered;
use futures::task::LocalSpawnExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

fn active_id() -> Option<SpanId> {
    active_span()
        .and_then(|span| span.context())
        .map(|context| context.span_id())
}

fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_current_thread().build().unwrap(),
        Builder::new_multi_thread().worker_threads(2).build().unwrap(),
    ]
}

/// Starts a span when it is dropped.
struct SpanOnDrop(&'static str);

impl Drop for SpanOnDrop {
    fn drop(&mut self) {
        drop(start_active_span(self.0));
    }
}

#[trace]
async fn paused() {
    pause().await;
}

#[test]
fn the_span_of_a_future_is_active_in_its_polls_and_not_between_them() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        let outer_id = active_id();
        let inner = async {
            let first = active_id();
            pause().await;
            assert_eq!(active_id(), first);
            first
        };
        let mut future = pin!(async {
            let inner_id = inner.in_span(build_span("inner").start()).await;
            assert_ne!(inner_id, outer_id);
            assert_eq!(active_id(), outer_id);
        });
        assert!(!poll_once(future.as_mut()));
        assert_eq!(active_id(), outer_id);
        assert!(poll_once(future.as_mut()));
        assert_eq!(active_id(), outer_id);
        drop(outer);
        assert_eq!(active_id(), None);
    });
    test.tree().assert_eq("outer\n  inner");
}

#[test]
fn overlapping_tasks_do_not_see_each_other_and_are_reported_as_they_finish() {
    #[trace_with_opname("task1")]
    async fn first(second_started: oneshot::Receiver<()>, first_started: oneshot::Sender<()>) {
        let mine = active_id();
        first_started.send(()).unwrap();
        second_started.await.unwrap();
        assert_eq!(active_id(), mine);
    }
    #[trace_with_opname("task2")]
    async fn second(second_started: oneshot::Sender<()>, first_done: oneshot::Receiver<()>) {
        let mine = active_id();
        second_started.send(()).unwrap();
        first_done.await.unwrap();
        assert_eq!(active_id(), mine);
    }
    #[trace_with_opname("root")]
    async fn root() {
        let mine = active_id();
        let (first_started, is_first_started) = oneshot::channel();
        let (second_started, is_second_started) = oneshot::channel();
        let (first_done, is_first_done) = oneshot::channel();
        let first = tokio::spawn(first(is_second_started, first_started).in_active_span());
        is_first_started.await.unwrap();
        let second = tokio::spawn(second(second_started, is_first_done).in_active_span());
        assert_eq!(active_id(), mine);
        first.await.unwrap();
        first_done.send(()).unwrap();
        second.await.unwrap();
        assert_eq!(active_id(), mine);
    }
    for runtime in runtimes() {
        let test = TestTracer::new();
        let tracer = test.tracer();
        runtime.block_on(async {
            let task = tokio::spawn(root().with_tracer(tracer));
            task.await.unwrap();
            assert_eq!(active_id(), None);
        });
        let spans = test.finished_spans();
        let names: Vec<_> = spans.iter().map(|span| &*span.operation_name).collect();
        assert_eq!(names, ["task1", "task2", "root"]);
        test.tree().assert_eq("root\n  task1\n  task2");
    }
}

#[test]
fn a_future_keeps_its_span_when_it_moves_to_another_thread() {
    let test = TestTracer::new();
    let work = async {
        drop(start_active_span("on the first thread"));
        pause().await;
        drop(start_active_span("on the second thread"));
        let _dropped = SpanOnDrop("on the third thread");
        pause().await;
    };
    let mut future = with_tracer(test.tracer(), || {
        Box::pin(work.in_span(build_span("moves").start()))
    });
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        assert!(!poll_once(future.as_mut()));
        assert_eq!(active_id(), None);
        sender.send(future).unwrap();
    });
    let mut future = receiver.recv().unwrap();
    assert!(!poll_once(future.as_mut()));
    assert_eq!(active_id(), None);
    thread::spawn(move || drop(future)).join().unwrap();
    test.tree().with_tags(["cancelled"]).assert_eq(
        "
        moves cancelled=true
          on the first thread
          on the second thread
          on the third thread
        ",
    );
}

#[test]
fn a_cancelled_future_ends_its_span_once_after_its_variables_are_dropped_in_it() {
    #[trace]
    async fn request(started: oneshot::Sender<()>) {
        let _first = SpanOnDrop("clean up");
        started.send(()).unwrap();
        std::future::pending::<()>().await;
    }
    for runtime in runtimes() {
        let test = TestTracer::new();
        runtime.block_on(async {
            let (started, is_started) = oneshot::channel();
            let task = tokio::spawn(request(started).with_tracer(test.tracer()));
            is_started.await.unwrap();
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
        test.tree()
            .with_tags(["cancelled", "error"])
            .assert_eq("request cancelled=true\n  clean up");
    }
}

#[test]
fn a_future_that_is_never_polled_has_no_span() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || drop(paused()));
    runtimes()[0].block_on(async {
        let task = tokio::spawn(paused().with_tracer(test.tracer()));
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(test.finished_spans(), []);
}

#[test]
fn a_panic_in_a_poll_marks_the_open_spans_as_failed_and_leaves_the_stack_clean() {
    #[trace]
    async fn fails() {
        pause().await;
        let _scope = start_active_span("inside");
        drop(start_active_span("before"));
        panic!("on purpose");
    }
    for runtime in runtimes() {
        let test = TestTracer::new();
        runtime.block_on(async {
            let task = tokio::spawn(fails().with_tracer(test.tracer()));
            assert!(task.await.unwrap_err().is_panic());
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..8 {
                tasks.spawn(async { assert_eq!(active_id(), None) });
            }
            tasks.join_all().await;
        });
        test.tree().with_tags(["error", "cancelled"]).assert_eq(
            "
            fails error=true
              inside error=true
                before
            ",
        );
        let log = &test.finished_span("fails").logs[0];
        let field = |key| {
            log.fields
                .iter()
                .find(|field| field.key == key)
                .unwrap()
                .value
                .clone()
        };
        assert_eq!(field("event"), TagValue::from("error"));
        assert_eq!(field("error.kind"), TagValue::from("panic"));
    }
}

#[test]
fn a_panic_that_somebody_else_has_caught_before_does_not_fail_a_later_span() {
    struct PollsWhileUnwinding;
    impl Drop for PollsWhileUnwinding {
        fn drop(&mut self) {
            block_on(paused());
        }
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let unwound = std::panic::catch_unwind(|| {
            let _guard = PollsWhileUnwinding;
            panic!("on purpose");
        });
        assert!(unwound.is_err());
    });
    test.tree().with_tags(["error"]).assert_eq("paused");
}

/// Holds a scope across its pause; whoever runs in between must not see it.
async fn holds_a_scope(name: &'static str) {
    let outside = active_id();
    let scope = start_active_span(name);
    let mine = active_id();
    assert_ne!(mine, outside);
    pause().await;
    assert_eq!(active_id(), mine);
    drop(start_active_span("inside"));
    drop(scope);
    assert_eq!(active_id(), outside);
}

#[trace]
async fn task(name: &'static str) {
    holds_a_scope(name).await;
}

#[test]
fn a_scope_held_across_an_await_on_one_thread_is_away_while_others_run_and_back_afterwards() {
    let expected = "
        task
          a
            inside
        task
          b
            inside
        ";
    let test = TestTracer::new();
    let mut pool = LocalPool::new();
    for name in ["a", "b"] {
        pool.spawner()
            .spawn_local(task(name).with_tracer(test.tracer()))
            .unwrap();
    }
    while pool.try_run_one() {
        assert_eq!(active_id(), None);
    }
    test.tree().assert_eq(expected);
    assert_eq!(test.tracer().stats().out_of_order_closes, 0);

    let test = TestTracer::new();
    let local = tokio::task::LocalSet::new();
    for name in ["a", "b"] {
        local.spawn_local(task(name).with_tracer(test.tracer()));
    }
    runtimes()[0].block_on(local);
    assert_eq!(active_id(), None);
    test.tree().assert_eq(expected);
    assert_eq!(test.tracer().stats().leaked_scopes, 0);
}

#[test]
fn scopes_of_a_cancelled_future_are_closed_with_it() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let mut future = Box::pin(task("held"));
        assert!(!poll_once(future.as_mut()));
        let _other = start_active_span("other");
        let other = active_id();
        drop(future);
        assert_eq!(active_id(), other);
    });
    test.tree()
        .with_tags(["cancelled"])
        .assert_eq("task cancelled=true\n  held\nother");
    assert_eq!(test.tracer().stats().out_of_order_closes, 0);
}

#[test]
fn a_scope_left_open_by_a_future_that_is_done_does_not_leak_into_the_next_one_and_is_counted() {
    #[trace]
    async fn forgets() {
        mem::forget(start_active_span("forgotten"));
        pause().await;
        mem::forget(start_active_span("forgotten too"));
    }
    #[trace]
    async fn returns() -> Scope {
        start_active_span("returned")
    }
    let test = TestTracer::new();
    let scope = with_tracer(test.tracer(), || {
        block_on(forgets());
        assert_eq!(active_id(), None);
        block_on(paused());
        block_on(returns())
    });
    assert_eq!(active_id(), None);
    assert_eq!(test.tracer().stats().leaked_scopes, 3);
    let tree = test.tree();
    tree.assert_eq(
        "
        forgets
          forgotten
            forgotten too
        paused
        returns
          returned
        ",
    );
    drop(scope);
    assert_eq!(test.tree(), tree);
}

#[test]
fn a_scope_left_open_that_does_not_finish_its_span_leaves_it_to_the_handle() {
    let test = TestTracer::new();
    let (sender, receiver) = mpsc::channel();
    let work = async {
        let scope = build_span("goes on").finish_on_close(false).start_active();
        sender.send(scope.span()).unwrap();
        mem::forget(scope);
    };
    with_tracer(test.tracer(), || {
        block_on(work.in_span(build_span("task").start()));
    });
    let span = receiver.recv().unwrap();
    assert_eq!(test.finished_spans().len(), 1, "only the task is over");
    span.set_tag("later", true);
    span.finish();
    test.tree()
        .with_tags(["later"])
        .assert_eq("task\n  goes on later=true");
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn the_loser_of_a_select_is_cancelled_and_its_winner_is_not() {
    #[trace]
    async fn winner() {
        pause().await;
    }
    #[trace]
    async fn loser() {
        std::future::pending::<()>().await;
    }
    #[trace]
    async fn selects() {
        tokio::select! {
            biased;
            () = loser() => unreachable!(),
            () = winner() => {}
        }
        drop(start_active_span("after"));
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || block_on(selects()));
    test.tree().with_tags(["cancelled"]).assert_eq(
        "
        selects
          loser cancelled=true
          winner
          after
        ",
    );
}

#[test]
fn joined_futures_are_siblings() {
    #[trace]
    async fn joins() {
        tokio::join!(task("a"), task("b"));
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || block_on(joins()));
    test.tree().assert_eq(
        "
        joins
          task
            a
              inside
          task
            b
              inside
        ",
    );
}

#[test]
fn futures_of_a_futures_unordered_are_siblings_in_any_order_of_finishing() {
    #[trace]
    async fn request(pauses: u32) -> u32 {
        let mine = active_id();
        for _ in 0..pauses {
            pause().await;
            assert_eq!(active_id(), mine);
        }
        pauses
    }
    #[trace]
    async fn gathers() {
        let mut requests: FuturesUnordered<_> = [3, 0, 2].into_iter().map(request).collect();
        let mine = active_id();
        let mut done = Vec::new();
        while let Some(pauses) = requests.next().await {
            assert_eq!(active_id(), mine);
            done.push(pauses);
        }
        assert_eq!(done, [0, 2, 3]);
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || block_on(gathers()));
    test.tree().assert_eq("gathers\n  request\n  request\n  request");
}

#[test]
fn recursive_futures_are_nested() {
    #[trace]
    fn boxed(depth: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            pause().await;
            if depth > 0 {
                boxed(depth - 1).await;
            }
        })
    }
    #[trace]
    async fn plain(depth: u32) {
        pause().await;
        if depth > 0 {
            Box::pin(plain(depth - 1)).await;
        }
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        block_on(boxed(2));
        block_on(plain(2));
    });
    test.tree()
        .assert_eq("boxed\n  boxed\n    boxed\nplain\n  plain\n    plain");
}

#[test]
fn the_span_of_a_future_that_outlives_the_stack_of_its_thread_is_not_lost() {
    thread_local! {
        static LAST: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>> = const { RefCell::new(None) };
    }
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    thread::spawn(move || {
        // Used before the stack, so that it is dropped after it.
        LAST.with_borrow_mut(|last| assert!(last.is_none()));
        with_tracer(&tracer, || {
            let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async {
                tokio::join!(task("held"), paused());
            });
            assert!(!poll_once(future.as_mut()));
            LAST.set(Some(future));
        });
    })
    .join()
    .unwrap();
    test.tree()
        .with_tags(["cancelled"])
        .assert_eq("task cancelled=true\n  held\npaused cancelled=true");
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}
