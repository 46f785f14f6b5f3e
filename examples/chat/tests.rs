//! What the example shows. It is played once, and each test looks at a part of it.

use std::sync::LazyLock;

use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::SpanTree;
use fedtrace::{FinishedSpan, Stats};

static PLAYED: LazyLock<(Vec<FinishedSpan>, Stats)> = LazyLock::new(|| {
    let reporter = MemoryReporter::new();
    let stats = crate::run(reporter.clone()).unwrap();
    (reporter.finished_spans(), stats)
});

fn spans() -> &'static [FinishedSpan] {
    &PLAYED.0
}

/// The spans of the trace whose root has this name, which is one.
fn trace(root: &str) -> SpanTree {
    let named: Vec<_> = spans()
        .iter()
        .filter(|span| span.operation_name == root)
        .collect();
    let [root] = named[..] else {
        panic!("{} spans {root}: {:#?}", named.len(), spans())
    };
    assert_eq!(root.parent_span_id, None, "a client is not believed");
    let of_trace = spans().iter().filter(|span| span.trace_id == root.trace_id);
    SpanTree::new(of_trace.cloned()).with_tags([
        "http.url",
        "http.status_code",
        "http.response_content_length",
        "ARG.number",
        "bytes",
        "cancelled",
        "error",
    ])
}

#[test]
fn a_request_that_streams_an_answer_on_lasts_until_its_end_and_so_does_its_own_request() {
    let url = spans()
        .iter()
        .find(|span| span.operation_name == "outgoing-request")
        .and_then(|span| span.tag("http.url"))
        .unwrap();
    trace("GET /").assert_eq(&format!(
        "
        GET / http.url=/ http.status_code=200 http.response_content_length=32
          stream_reqwest_response
            outgoing-request http.url={url} http.status_code=200 http.response_content_length=32
    "
    ));
}

#[test]
fn the_parts_of_a_body_are_below_the_request() {
    trace("GET /stream").assert_eq(
        "
        GET /stream http.url=/stream http.status_code=200 http.response_content_length=32
          chunk ARG.number=0
          chunk ARG.number=1
          chunk ARG.number=2
          chunk ARG.number=3
    ",
    );
}

#[test]
fn a_request_that_times_out_has_the_408() {
    trace("GET /forever").assert_eq("GET /forever http.url=/forever http.status_code=408");
}

#[test]
fn a_request_that_no_route_takes_has_the_404_and_the_path() {
    trace("unknown route").assert_eq("unknown route http.url=/nowhere?since=s1 http.status_code=404");
}

#[test]
fn the_messages_of_a_websocket_are_below_the_connection_which_is_below_the_request() {
    trace("GET /websocket").assert_eq(
        "
        GET /websocket http.url=/websocket http.status_code=101
          connection
            on_message bytes=5
            send_message bytes=5
            on_message bytes=17
            send_message bytes=17
    ",
    );
    assert!(!format!("{:?}", spans()).contains("anybody"), "what was said");
}

#[test]
fn each_turn_of_the_loop_is_a_trace_of_its_own() {
    let turns: Vec<_> = spans()
        .iter()
        .filter(|span| span.operation_name == "bgproc.prune")
        .collect();
    // The timeout alone takes the time of ten.
    assert!(turns.len() >= 3, "{:#?}", spans());
    for turn in turns {
        let of_trace = spans().iter().filter(|span| span.trace_id == turn.trace_id);
        SpanTree::new(of_trace.cloned()).assert_eq("bgproc.prune\n  prune");
    }
}

#[test]
fn nothing_is_lost_at_the_shutdown() {
    let stats = &PLAYED.1;
    assert_eq!(stats.lost_spans(), 0, "{stats:?}");
    assert_eq!(stats.started_sampled_spans, stats.finished_sampled_spans);
    assert_eq!(stats.reported_spans, spans().len() as u64);
    assert_eq!(stats.abandoned_spans, 0);
}
