//! The attributes as Synapse has them: on functions, on async functions, on functions that return a future.

use std::future::Future;
use std::pin::Pin;

use fedtrace::testing::TestTracer;
use fedtrace::{TraceFutureExt, start_active_span, tag_args, trace_with_opname, with_tracer};
use fedtrace_tests::pause;
use futures::executor::block_on;
use tokio::runtime::{Builder, Runtime};

#[trace_with_opname("sync")]
#[tag_args]
fn sync(answer: u32) -> u32 {
    drop(start_active_span("child"));
    answer
}

#[trace_with_opname("async")]
#[tag_args]
async fn asynchronous(answer: u32) -> u32 {
    pause().await;
    drop(start_active_span("child"));
    answer
}

async fn plain(answer: u32) -> u32 {
    pause().await;
    drop(start_active_span("child"));
    answer
}

/// What is done to an argument before the future does not show in its tag.
#[trace_with_opname("returns a future")]
#[tag_args]
fn returns_a_future(answer: u32) -> impl Future<Output = u32> {
    let answer = answer - 1;
    async move { plain(answer).await + 1 }
}

#[trace_with_opname("returns a boxed future")]
#[tag_args]
fn returns_a_boxed_future(answer: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { plain(answer).await })
}

fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_current_thread().build().unwrap(),
        Builder::new_multi_thread().worker_threads(2).build().unwrap(),
    ]
}

/// Awaits the future in a task of its own, which works only if it is `Send`.
fn spawned<F: Future<Output = u32> + Send + 'static>(name: &str, call: impl Fn() -> F) {
    for runtime in runtimes() {
        let test = TestTracer::new();
        let answer = runtime.block_on(async {
            tokio::spawn(with_tracer(test.tracer(), &call).with_tracer(test.tracer())).await
        });
        assert_eq!(answer.unwrap(), 42);
        test.tree()
            .with_tags(["ARG.answer", "error", "cancelled"])
            .assert_eq(&format!("{name} ARG.answer=42\n  child"));
    }
    let test = TestTracer::new();
    let answer = with_tracer(test.tracer(), || {
        let _caller = start_active_span("caller");
        block_on(call())
    });
    assert_eq!(answer, 42);
    test.tree().assert_eq(&format!("caller\n  {name}\n    child"));
}

#[test]
fn a_function_has_a_span_with_its_arguments_and_gives_its_result() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || assert_eq!(sync(42), 42));
    test.tree()
        .with_tags(["ARG.answer"])
        .assert_eq("sync ARG.answer=42\n  child");
}

#[test]
fn an_async_function_has_a_span_with_its_arguments_and_gives_its_result() {
    spawned("async", || asynchronous(42));
}

#[test]
fn a_function_that_returns_a_future_has_a_span_until_the_future_is_done() {
    spawned("returns a future", || returns_a_future(42));
    spawned("returns a boxed future", || returns_a_boxed_future(42));
}
