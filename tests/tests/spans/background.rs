//! Background processes: traces of their own, tied to what started them.

use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, Reference, TraceFutureExt, active_span, run_as_background_process, start_active_span,
    trace, with_tracer,
};
use fedtrace_tests::{pause, poll_once};
use futures::executor::block_on;
use tokio::runtime::Builder;

#[trace]
async fn fetch() -> u32 {
    pause().await;
    7
}

fn names(spans: &[FinishedSpan]) -> Vec<&str> {
    spans.iter().map(|span| &*span.operation_name).collect()
}

fn follows_from(span: &FinishedSpan) -> [Reference; 1] {
    [Reference::follows_from(span.trace_id, span.span_id)]
}

#[test]
fn a_background_process_that_nobody_asked_for_is_one_root_span() {
    let test = TestTracer::new();
    let output = with_tracer(test.tracer(), || {
        block_on(run_as_background_process("cleanup", fetch()))
    });
    assert_eq!(output, 7);
    let spans = test.finished_spans();
    assert_eq!(names(&spans), ["fetch", "bgproc.cleanup"]);
    test.tree().with_references().assert_eq("bgproc.cleanup\n  fetch");
}

#[test]
fn a_background_process_of_a_request_is_a_trace_of_its_own_with_references_both_ways() {
    #[trace]
    async fn request(test: &TestTracer) {
        let before = active_span().unwrap().context().unwrap().span_id();
        let process = run_as_background_process("cleanup", fetch());
        let after = active_span().unwrap().context().unwrap().span_id();
        assert_eq!(before, after);
        tokio::spawn(process).await.unwrap();
        let spans = test.finished_spans();
        assert_eq!(
            names(&spans),
            [
                "start_bgproc.cleanup",
                "fetch",
                "bgproc_child.cleanup",
                "bgproc.cleanup"
            ]
        );
    }
    let runtimes = [
        Builder::new_current_thread().build(),
        Builder::new_multi_thread().worker_threads(2).build(),
    ];
    for runtime in runtimes {
        let test = TestTracer::new();
        runtime
            .unwrap()
            .block_on(request(&test).with_tracer(test.tracer()));
        let [request, marker, root, work, fetch] = [
            "request",
            "start_bgproc.cleanup",
            "bgproc.cleanup",
            "bgproc_child.cleanup",
            "fetch",
        ]
        .map(|name| test.finished_span(name));

        assert_eq!(marker.trace_id, request.trace_id);
        assert_eq!(marker.parent_span_id, Some(request.span_id));
        assert_eq!(marker.references, follows_from(&root));

        assert_ne!(root.trace_id, request.trace_id);
        assert_eq!(root.parent_span_id, None);
        assert_eq!(root.references, []);
        assert!(root.local_root);

        assert_eq!(work.trace_id, root.trace_id);
        assert_eq!(work.parent_span_id, Some(root.span_id));
        assert_eq!(work.references, follows_from(&request));
        assert_eq!(fetch.parent_span_id, Some(work.span_id));
    }
}

#[test]
fn a_background_process_outlives_the_request_without_changing_it() {
    let test = TestTracer::new();
    let process = with_tracer(test.tracer(), || {
        let _request = start_active_span("request");
        run_as_background_process("cleanup", fetch())
    });
    assert_eq!(names(&test.finished_spans()), ["start_bgproc.cleanup", "request"]);
    block_on(process);
    let spans = test.finished_spans();
    assert_eq!(
        names(&spans[2..]),
        ["fetch", "bgproc_child.cleanup", "bgproc.cleanup"]
    );
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn a_cancelled_background_process_ends_both_of_its_spans_as_cancelled() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _request = start_active_span("request");
        let mut process = Box::pin(run_as_background_process("cleanup", fetch()));
        assert!(!poll_once(process.as_mut()));
        drop(process);
    });
    test.tree().with_tags(["cancelled"]).assert_eq(
        "
        request
          start_bgproc.cleanup
        bgproc.cleanup cancelled=true
          bgproc_child.cleanup cancelled=true
            fetch cancelled=true
        ",
    );
}
