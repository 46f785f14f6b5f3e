//! `#[fedtrace::test]`, and the spans that a test leaves open.

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use fedtrace::testing::{TestTracer, assert_trace};
use fedtrace::{
    TraceFutureExt as _, build_span, run_as_background_process, set_operation_name, start_active_span,
    with_tracer,
};
use fedtrace_tests::failure;

const LONG: Duration = Duration::from_secs(30);

#[fedtrace::trace]
fn work() -> Result<u8, std::num::ParseIntError> {
    "no number".parse()
}

#[fedtrace::test]
fn the_spans_of_a_test_are_in_its_tracer(test: &TestTracer) {
    let _ = work();
    assert_trace!(test, { "work" [error ~ "invalid digit*"] });
}

#[fedtrace::test]
fn a_test_needs_no_parameter() {
    let _scope = start_active_span("work");
    assert!(fedtrace::trace_id().is_some());
}

#[fedtrace::test]
fn a_test_may_return_early() -> Result<(), std::num::ParseIntError> {
    if work().is_err() {
        return Ok(());
    }
    "1".parse::<u8>()?;
    Ok(())
}

#[fedtrace::test]
#[should_panic = "1 span is still open at the end of the test:\n  \"forgotten\", for "]
fn a_span_that_is_open_at_the_end_fails_the_test() {
    std::mem::forget(start_active_span("forgotten"));
}

#[fedtrace::test(allow_open_spans)]
fn a_span_may_be_open_at_the_end_if_the_test_says_so() {
    std::mem::forget(start_active_span("forgotten"));
}

#[fedtrace::test]
#[should_panic = "the first reason"]
fn a_test_that_fails_says_nothing_of_open_spans() {
    std::mem::forget(start_active_span("forgotten"));
    panic!("the first reason");
}

#[fedtrace::test(tokio::test)]
async fn tasks_on_the_thread_of_the_test_have_its_tracer(test: &TestTracer) {
    tokio::spawn(async { drop(start_active_span("task")) })
        .await
        .unwrap();
    let _ = work();
    assert_trace!(test, { "task", "work" });
}

#[fedtrace::test]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_are_bound_to_a_span_are_waited_for(test: &TestTracer) {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    async {
        fedtrace::tokio::spawn(async { drop(start_active_span("child")) })
            .await
            .unwrap();
        tokio::spawn(run_as_background_process("prune", async {
            wait.await.unwrap();
            drop(start_active_span("delete"));
        }));
    }
    .in_span(build_span("request").start())
    .await;
    let names: Vec<_> = test
        .open_spans()
        .into_iter()
        .map(|span| span.operation_name)
        .collect();
    assert_eq!(names, ["bgproc.prune", "bgproc_child.prune"]);
    go.send(()).unwrap();
    test.settled(LONG).await;
    assert_trace!(test, {
        "request" { "child", "start_bgproc.prune" [follows_from = "bgproc.prune"] }
        "bgproc.prune" { "bgproc_child.prune" [follows_from = "request"] { "delete" } }
    });
}

// Below the other attribute there is no parameter.
#[tokio::test]
#[fedtrace::test]
async fn the_order_of_the_attributes_does_not_matter() {
    drop(start_active_span("work"));
    assert!(fedtrace::global_tracer().is_none());
}

#[test]
fn what_is_open_has_its_last_name_and_its_parent() {
    let test = TestTracer::builder().build();
    with_tracer(test.tracer(), || {
        let _request = start_active_span("request");
        let _child = start_active_span("child");
        set_operation_name("renamed");
        let message = failure(|| test.wait_until_settled(Duration::ZERO));
        let (head, rest) = message.split_once('\n').unwrap();
        assert_eq!(head, "2 spans are still open after 0ns:");
        let names: Vec<_> = rest
            .lines()
            .map(|line| line.rsplit_once(", for ").unwrap().0)
            .collect();
        assert_eq!(names, ["  \"request\"", "  \"renamed\" below \"request\""]);
    });
    assert_eq!(test.open_spans(), []);
}

#[test]
fn every_kind_of_span_is_known_while_it_is_open() {
    let test = TestTracer::builder().allow_open_spans().build();
    let seen = || -> Vec<String> {
        test.open_spans()
            .into_iter()
            .map(|span| span.operation_name)
            .collect()
    };
    with_tracer(test.tracer(), || {
        let root = start_active_span("root");
        let child = start_active_span("child");
        let handle = build_span("handle").tag("a", 1).start();
        let mut future = Box::pin(
            async {
                let _inside = start_active_span("inside");
                std::future::pending::<()>().await;
            }
            .in_span(build_span("future").start()),
        );
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        assert_eq!(seen(), ["root", "child", "handle", "future", "inside"]);
        drop(future);
        drop(child);
        assert_eq!(seen(), ["root", "handle"]);
        drop(root);
        handle.finish();
        assert_eq!(seen(), [""; 0]);
    });
}

#[test]
fn a_span_that_another_thread_finishes_is_waited_for() {
    let test = TestTracer::builder().build();
    let (go, wait) = mpsc::channel::<()>();
    let span = with_tracer(test.tracer(), || build_span("index").start());
    let thread = thread::spawn(move || {
        wait.recv().unwrap();
        span.finish();
    });
    assert!(failure(|| test.wait_until_settled(Duration::from_millis(1))).contains("\"index\""));
    let message = failure(|| drop(test.wait_for_span("index", Duration::from_millis(1))));
    assert!(
        message.starts_with("no span \"index\" has finished within 1ms; finished:\nopen:\n  \"index\""),
        "{message}"
    );
    go.send(()).unwrap();
    assert_eq!(test.wait_for_span("index", LONG).operation_name, "index");
    test.wait_until_settled(LONG);
    thread.join().unwrap();
}

#[test]
fn a_missing_span_that_is_still_open_is_called_that() {
    let test = TestTracer::builder().build();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("request");
        let message = failure(|| assert_trace!(test, { "request" }));
        assert!(message.contains("- request   (it is still open)"), "{message}");
        assert!(message.ends_with("\nstill open: request\n"), "{message}");
    });
}

#[test]
fn an_assertion_without_a_single_span_asks_whether_the_code_ran_with_the_tracer() {
    let test = TestTracer::new();
    // Not in `with_tracer`.
    drop(start_active_span("request"));
    for message in [
        failure(|| assert_trace!(test, { "request" })),
        failure(|| test.tree().assert_eq("request")),
    ] {
        assert!(message.contains("was the code in `with_tracer`"), "{message}");
    }
}

#[tokio::test]
async fn a_test_that_does_not_settle_is_told_the_line_that_waited() {
    let test = TestTracer::builder().build();
    let span = build_span("index").tracer(test.tracer()).start();
    let line = line!() + 1;
    let settled = test.settled(Duration::from_millis(1));
    let mut settled = std::pin::pin!(settled);
    let failed = std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| settled.as_mut().poll(context)));
        polled.map_or_else(|panic| Poll::Ready(Some(panic)), |polled| polled.map(|()| None))
    });
    let message = failed.await.unwrap().downcast::<String>().unwrap();
    let place = format!("waited for at {}:{line}:", file!());
    assert!(message.contains(&place), "{message}");
    span.finish();
}

#[test]
fn a_plain_tracer_says_that_it_does_not_know_what_is_open() {
    let message = failure(|| TestTracer::new().wait_until_settled(LONG));
    assert!(message.contains("TestTracer::builder()"), "{message}");
}
