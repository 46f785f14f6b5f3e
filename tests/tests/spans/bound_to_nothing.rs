//! Work that was bound to the active span where none was active, or to a span that is none: it runs with none active,
//! whatever is below it on the stack of the thread that runs it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{
    SpanId, TraceFutureExt, Tracer, active_span, build_span, in_active_span, run_as_background_process,
    start_active_span, trace, trace_id, with_tracer, without_active_span,
};
use fedtrace_tests::{pause, poll_once};
use futures::executor::{LocalPool, block_on};
use futures::task::LocalSpawnExt;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

fn active_id() -> Option<SpanId> {
    active_span()
        .and_then(|span| span.context())
        .map(|context| context.span_id())
}

#[trace]
async fn job() {
    pause().await;
    leaf();
}

#[trace]
fn leaf() {}

fn current_thread() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// A pool with one thread, whose caller runs other jobs while it waits, as rayon does.
#[derive(Default)]
struct Pool(VecDeque<Job>);

type Job = Box<dyn FnOnce(&mut Pool)>;

impl Pool {
    fn work(&mut self) {
        while let Some(job) = self.0.pop_front() {
            job(self);
        }
    }
}

#[test]
fn a_closure_that_was_bound_where_nothing_was_active_runs_with_nothing_active() {
    let test = TestTracer::new();
    let mut pool = Pool::default();
    pool.0.push_back(Box::new(|pool| {
        let scope = start_active_span("first");
        let before = active_id();
        pool.work();
        assert_eq!(active_id(), before);
        drop(scope);
    }));
    let second = in_active_span(|| {
        assert_eq!((active_id(), trace_id()), (None, None));
        drop(start_active_span("second"));
        assert_eq!(active_id(), None);
    });
    pool.0.push_back(Box::new(move |_| second()));
    with_tracer(test.tracer(), || pool.work());
    test.tree().assert_eq("first\nsecond");
}

#[test]
fn a_future_that_was_bound_where_nothing_was_active_runs_with_nothing_active() {
    let test = TestTracer::new();
    let bound = || job().in_active_span();
    let [by_block_on, by_tokio, by_local_set, by_local_pool] = [bound(), bound(), bound(), bound()];
    with_tracer(test.tracer(), || {
        let _server = start_active_span("server");
        let before = active_id();
        block_on(by_block_on);
        let runtime = current_thread();
        runtime.block_on(async { tokio::spawn(by_tokio).await.unwrap() });
        runtime.block_on(LocalSet::new().run_until(async {
            tokio::task::spawn_local(by_local_set).await.unwrap();
        }));
        let mut pool = LocalPool::new();
        pool.spawner().spawn_local(by_local_pool).unwrap();
        pool.run();
        assert_eq!(active_id(), before);
    });
    let jobs = "job\n  leaf\n".repeat(4);
    test.tree().assert_eq(&format!("server\n{jobs}"));
}

#[test]
fn what_is_open_in_a_future_that_was_bound_to_nothing_stays_with_it_between_polls() {
    let test = TestTracer::new();
    let mut bound = Box::pin(
        async {
            let scope = start_active_span("held");
            let held = active_id();
            pause().await;
            assert_eq!(active_id(), held);
            drop(start_active_span("inside"));
            drop(scope);
            assert_eq!(active_id(), None);
        }
        .in_active_span(),
    );
    with_tracer(test.tracer(), || {
        for name in ["first poll", "second poll"] {
            let _scope = start_active_span(name);
            let before = active_id();
            poll_once(bound.as_mut());
            assert_eq!(active_id(), before);
            drop(start_active_span("outside"));
        }
    });
    test.tree()
        .assert_eq("first poll\n  outside\nheld\n  inside\nsecond poll\n  outside");
    assert_eq!(test.tracer().stats().leaked_scopes, 0);
}

#[test]
fn a_future_that_was_bound_to_nothing_is_dropped_with_nothing_active() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            drop(start_active_span("dropped"));
        }
    }
    let test = TestTracer::new();
    let guarded = || {
        let guard = Guard;
        async move {
            pause().await;
            drop(guard);
        }
        .in_active_span()
    };
    let never_polled = guarded();
    let mut polled = Box::pin(guarded());
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outside");
        assert!(!poll_once(polled.as_mut()));
        drop(polled);
        drop(never_polled);
    });
    test.tree().assert_eq("outside\ndropped\ndropped");
}

#[test]
fn a_future_in_a_span_that_is_none_runs_with_nothing_active() {
    let test = TestTracer::new();
    let none = build_span("off").tracer(&Tracer::noop()).start();
    assert_eq!(none.context(), None);
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outside");
        block_on(job().in_span(none));
    });
    test.tree().assert_eq("outside\njob\n  leaf");
}

#[test]
fn a_background_process_without_a_tracer_runs_with_nothing_active() {
    let test = TestTracer::new();
    let process = run_as_background_process("cleanup", job());
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outside");
        block_on(process);
    });
    test.tree().assert_eq("outside\njob\n  leaf");
}

#[test]
fn a_scope_from_below_is_closed_and_its_span_tagged_where_nothing_is_active() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        without_active_span(|| {
            outer.span().set_tag("tagged", true);
            drop(outer);
            assert_eq!(active_id(), None);
            drop(start_active_span("inside"));
        });
        assert_eq!(active_id(), None);
    });
    test.tree()
        .with_tags(["tagged"])
        .assert_eq("outer tagged=true\ninside");
}

#[test]
fn a_panic_in_work_that_was_bound_to_nothing_restores_what_was_active() {
    let test = TestTracer::new();
    let closure = in_active_span(|| panic!("on purpose"));
    let future = async { panic!("on purpose") }.in_active_span();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outside");
        let before = active_id();
        assert!(catch_unwind(AssertUnwindSafe(closure)).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| block_on(future))).is_err());
        assert_eq!(active_id(), before);
    });
    test.tree().with_tags(["error"]).assert_eq("outside");
}

#[test]
fn the_spans_of_work_that_was_bound_to_nothing_are_handed_over_when_their_root_ends() {
    let test = TestTracer::new();
    // Another thread, because a flush hands over what its own thread has.
    let finished = || thread::scope(|scope| scope.spawn(|| test.finished_spans().len()).join().unwrap());
    let bound = in_active_span(|| {
        leaf();
        assert_eq!(finished(), 1);
    });
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("a long time");
        bound();
    });
}

#[test]
fn without_active_span_runs_work_that_nobody_bound_with_nothing_active() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outside");
        let before = active_id();
        let output = without_active_span(|| {
            leaf();
            active_id()
        });
        assert_eq!(output, None);
        block_on(job().without_active_span());
        assert_eq!(active_id(), before);
    });
    test.tree().assert_eq("outside\nleaf\njob\n  leaf");
}

#[test]
fn a_scope_that_leaves_without_active_span_is_active_until_it_is_closed() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        let before = active_id();
        let root = without_active_span(|| start_active_span("root"));
        leaf();
        drop(root);
        assert_eq!(active_id(), before);
        drop(outer);
    });
    test.tree().assert_eq("outer\nroot\n  leaf");
    assert_eq!(test.tracer().stats().out_of_order_closes, 0);
}

#[test]
fn a_scope_that_outlives_a_future_that_was_bound_to_nothing_ends_with_it() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _outer = start_active_span("outer");
        let before = active_id();
        let scope = block_on(async { start_active_span("forgotten") }.without_active_span());
        assert_eq!(active_id(), before);
        leaf();
        drop(scope);
    });
    test.tree().assert_eq("outer\n  leaf\nforgotten");
    assert_eq!(test.tracer().stats().leaked_scopes, 1);
}

#[test]
fn work_that_is_bound_to_a_span_inside_of_work_that_is_bound_to_nothing_runs_in_its_span() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        let bound = in_active_span(leaf);
        let bound_future = job().in_active_span();
        without_active_span(|| {
            bound();
            block_on(bound_future);
            assert_eq!(active_id(), None);
        });
        drop(outer);
    });
    test.tree().assert_eq("outer\n  leaf\n  job\n    leaf");
}
