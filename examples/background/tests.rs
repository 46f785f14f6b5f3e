//! What the example shows.

use fedtrace::FinishedSpan;
use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::SpanTree;

fn trace_of<'a>(spans: &'a [FinishedSpan], root: &FinishedSpan) -> impl Iterator<Item = &'a FinishedSpan> {
    let id = root.trace_id;
    spans.iter().filter(move |span| span.trace_id == id)
}

fn roots<'a>(spans: &'a [FinishedSpan], name: &str) -> Vec<&'a FinishedSpan> {
    let roots = spans
        .iter()
        .filter(|span| span.operation_name == name && span.parent_span_id.is_none());
    roots.collect()
}

#[test]
fn turns_and_background_processes_have_traces_of_their_own_and_tasks_that_of_their_request() {
    let reporter = MemoryReporter::new();
    let stats = crate::run(reporter.clone()).unwrap();
    let spans = reporter.finished_spans();
    assert_eq!(
        (stats.lost_spans(), stats.reported_spans),
        (0, spans.len() as u64)
    );

    let request = roots(&spans, "handle_request");
    let index = roots(&spans, "bgproc.index");
    let both = trace_of(&spans, request[0]).chain(trace_of(&spans, index[0]));
    SpanTree::new(both.cloned())
        .with_tags(["cancelled"])
        .with_references()
        .assert_eq(
            "
            handle_request
              ask
              ask
              start_bgproc.index follows_from=bgproc.index
              notify
            bgproc.index
              bgproc_child.index follows_from=handle_request
                index
        ",
        );

    let turns = roots(&spans, "bgproc.prune");
    assert!(turns.len() >= 2, "{spans:#?}");
    // A third turn may have been stopped in the middle.
    for (turn, root) in (1..).zip(&turns[..2]) {
        SpanTree::new(trace_of(&spans, root).cloned())
            .with_tags(["turn"])
            .assert_eq(&format!("bgproc.prune\n  prune turn={turn}\n"));
    }
}
