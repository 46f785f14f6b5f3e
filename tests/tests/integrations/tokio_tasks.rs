//! Tasks of Tokio in spans.

use std::time::Duration;

use fedtrace::testing::TestTracer;
use fedtrace::tokio::{JoinSetExt as _, every, spawn, spawn_blocking};
use fedtrace::{TraceFutureExt as _, start_active_span, trace};
use tokio::task::JoinSet;

#[trace]
async fn request() {
    spawn(async { drop(start_active_span("task")) }).await.unwrap();
    spawn_blocking(|| drop(start_active_span("blocking")))
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..2 {
        tasks.spawn_in_active_span(async { drop(start_active_span("of a set")) });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn tasks_and_blocking_work_are_below_the_span_that_spawns_them() {
    let test = TestTracer::new();
    request().with_tracer(test.tracer()).await;
    test.tree().assert_eq(
        "
        request
          task
          blocking
          of a set
          of a set
    ",
    );
}

#[tokio::test]
async fn each_turn_of_a_loop_is_a_trace_of_its_own_also_if_a_request_started_it() {
    let test = TestTracer::new();
    let mut turns = 0;
    let work = async {
        let _scope = start_active_span("request");
        let looping = every(Duration::from_millis(1), "prune", || {
            turns += 1;
            async { drop(start_active_span("pruned")) }
        });
        let _ = tokio::time::timeout(Duration::from_millis(50), looping).await;
    };
    work.with_tracer(test.tracer()).await;
    let spans = test.finished_spans();
    let roots: Vec<_> = spans
        .iter()
        .filter(|span| span.operation_name == "bgproc.prune")
        .collect();
    assert!(turns >= 2 && roots.len() >= turns - 1, "{turns} turns, {spans:?}");
    assert!(roots.windows(2).all(|two| two[0].trace_id != two[1].trace_id));
    let request = test.finished_span("request");
    for span in &spans {
        let is_of_request = span.trace_id == request.trace_id;
        assert_eq!(is_of_request, span.span_id == request.span_id, "{span:?}");
    }
    assert!(roots.iter().all(|root| root.parent_span_id.is_none()));
}
