//! What the example shows.

use fedtrace::FinishedSpan;
use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::SpanTree;

fn tree(spans: &[FinishedSpan], root: &str) -> SpanTree {
    let root = spans.iter().find(|span| span.operation_name == root).unwrap();
    let of_trace = spans.iter().filter(|span| span.trace_id == root.trace_id);
    SpanTree::new(of_trace.cloned())
}

#[test]
fn parts_of_a_body_are_below_their_request_and_a_client_that_goes_away_cancels_it() {
    let reporter = MemoryReporter::new();
    crate::run(reporter.clone()).unwrap();
    let spans = reporter.finished_spans();
    tree(&spans, "GET /export")
        .with_tags(["page", "cancelled", "http.response_content_length"])
        .assert_eq(
            "
            GET /export http.response_content_length=21
              load
                read page=0
                read page=1
                read page=2
              render page=0
              render page=1
              render page=2
        ",
        );

    let follow = |span: &&FinishedSpan| span.operation_name == "GET /follow";
    let follow = spans.iter().find(follow).unwrap();
    assert_eq!(follow.tag("cancelled").unwrap().to_string(), "true");
    let sent: u64 = follow
        .tag("http.response_bytes_sent")
        .unwrap()
        .to_string()
        .parse()
        .unwrap();
    assert!(sent >= "page 0\n".len() as u64, "{sent}");
    let rendered = spans
        .iter()
        .filter(|span| span.parent_span_id == Some(follow.span_id) && span.operation_name == "render");
    assert!(rendered.count() >= 1);
    assert!(
        spans
            .iter()
            .all(|span| span.operation_name.starts_with("GET ") || span.parent_span_id.is_some())
    );
}
