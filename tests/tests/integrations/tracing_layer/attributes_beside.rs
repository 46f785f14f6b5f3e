//! Spans of `tracing` and of fedtrace's attributes in one trace.

use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{TraceFutureExt as _, tag_args, trace, tracing_layer, with_tracer};
use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, Instrument as _, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

use super::traced;

#[trace]
#[tag_args]
fn ours(depth: u64) {
    if depth > 0 {
        theirs(depth - 1);
    }
}

#[instrument]
fn theirs(depth: u64) {
    if depth > 0 {
        ours(depth - 1);
    }
}

#[test]
fn functions_of_both_kinds_are_children_of_each_other() {
    let test = traced(|| {
        ours(3);
        theirs(1);
    });
    test.tree().with_tags(["depth", "ARG.depth"]).assert_eq(
        "
        ours ARG.depth=3
          theirs depth=2
            ours ARG.depth=1
              theirs depth=0
        theirs depth=1
          ours ARG.depth=0
    ",
    );
}

#[trace]
async fn our_future() {
    tokio::task::yield_now().await;
    their_inner_future().await;
    tokio::task::yield_now().await;
    drop(info_span!("at the end of ours").entered());
}

#[instrument]
async fn their_inner_future() {
    tokio::task::yield_now().await;
    ours(0);
}

#[instrument]
async fn their_future() {
    tokio::task::yield_now().await;
    our_future().await;
    let in_current_span = async {
        tokio::task::yield_now().await;
        ours(0);
    };
    tokio::spawn(in_current_span.in_current_span()).await.unwrap();
    let in_active_span = async {
        tokio::task::yield_now().await;
        theirs(0);
    };
    tokio::spawn(in_active_span.in_active_span().with_current_subscriber())
        .await
        .unwrap();
    let here = tracing::Span::current();
    thread::spawn(move || here.in_scope(|| ours(0))).join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_of_both_kinds_are_children_of_each_other_across_tasks_and_threads() {
    let test = TestTracer::new();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(tracing_layer()));
    let root = with_tracer(test.tracer(), || {
        tracing::dispatcher::with_default(&dispatch, || info_span!("root"))
    });
    let all = async { their_future().await }.instrument(root);
    tokio::spawn(all.with_subscriber(dispatch)).await.unwrap();
    test.tree().assert_eq(
        "
        root
          their_future
            our_future
              their_inner_future
                ours
              at the end of ours
            ours
            theirs
            ours
    ",
    );
}
