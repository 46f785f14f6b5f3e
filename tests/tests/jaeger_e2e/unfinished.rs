//! What a server shows of a span that stays open for long.

use std::time::Duration;

use fedtrace::{build_span, tags};
use fedtrace_tests::jaeger_query::JaegerSpan;
use serde_json::json;

use crate::route::{PATIENCE, Route, Server};

fn is_unfinished(span: &JaegerSpan) -> bool {
    span.tag(tags::UNFINISHED) == Some(("bool", &json!(true)))
}

pub(crate) fn a_span_that_stays_open_is_there_with_those_below_it_and_once_more_when_it_ends(route: &Route) {
    let builder = route
        .builder("unfinished")
        .flush_interval(Duration::MAX)
        .long_open_after(Duration::from_nanos(1));
    let (tracer, guard) = builder.build().expect("a tracer");
    let root = build_span("loop").tracer(&tracer).tag("own", 1).start();
    let trace_id = root.context().expect("a context").trace_id();
    // The worker learns that the span is old.
    guard.flush(PATIENCE).expect("in time");
    drop(build_span("turn").child_of(root.context()).start());
    guard.flush(PATIENCE).expect("in time");
    assert_eq!(tracer.stats().unfinished_reports, 1);

    let trace = route.trace(trace_id, 2);
    let (open, turn) = (trace.span("loop"), trace.span("turn"));
    assert!(is_unfinished(open));
    assert_eq!(open.tag("own"), Some(("int64", &json!(1))));
    assert_eq!(
        trace.parent(turn).map(|parent| parent.span_id),
        Some(open.span_id)
    );
    assert_eq!((&open.warnings, &turn.warnings), (&None, &None));

    root.set_tag("later", 2).finish();
    drop(guard);
    let trace = route.trace(trace_id, 3);
    let mut loops: Vec<_> = trace
        .spans
        .iter()
        .filter(|span| span.operation_name == "loop")
        .collect();
    loops.sort_by_key(|span| span.duration);
    let [open, ended] = loops[..] else {
        panic!("{:?}", trace.spans)
    };
    assert!(is_unfinished(open) && !is_unfinished(ended));
    assert_eq!(open.span_id, ended.span_id);
    assert_eq!(ended.tag("later"), Some(("int64", &json!(2))));
    if route.server != Server::Fake {
        let warnings: Vec<_> = loops
            .iter()
            .filter_map(|span| span.warnings.as_ref())
            .flatten()
            .collect();
        assert!(
            warnings
                .iter()
                .any(|warning| warning.contains("duplicate span IDs")),
            "{warnings:?}"
        );
    }
}
