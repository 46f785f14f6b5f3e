//! A file of [`JaegerJsonReporter`] has what a server shows of the same spans.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fedtrace::reporter::{CompositeReporter, JaegerJsonReporter};
use fedtrace_tests::jaeger_query::{JaegerSpan, JaegerTag, JaegerTrace};

use crate::route::{Route, Server, Transport};
use crate::translation;

#[test]
fn the_file_has_what_a_collector_gets() {
    same_in_file_and_server(Server::Fake, Transport::Http);
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn the_file_has_what_jaeger_1_shows_of_spans_that_came_by_http() {
    same_in_file_and_server(Server::V1, Transport::Http);
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn the_file_has_what_jaeger_1_shows_of_spans_that_came_to_its_agent() {
    same_in_file_and_server(Server::V1, Transport::Compact);
}

fn same_in_file_and_server(server: Server, transport: Transport) {
    let route = Route::new(server, transport);
    let name = format!("file-beside-{server:?}-{transport:?}.json");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let both = CompositeReporter::new()
        .with(route.reporter())
        .with(JaegerJsonReporter::file(&path));
    let (tracer, guard) = route
        .builder("example.org main")
        .reporter(both)
        .build()
        .expect("a tracer");
    let trace_id = translation::send(&tracer);
    drop(guard);

    let shown = route.trace(trace_id, 6);
    let traces = JaegerTrace::all_in(&fs::read_to_string(path).expect("a file"));
    let of_trace = |trace: &&JaegerTrace| trace.spans.iter().any(|span| span.trace_id == trace_id);
    let written = traces.iter().find(of_trace).expect("the trace is in the file");
    assert_eq!(all_of(written), all_of(&shown));
    assert_eq!(written.spans.len(), 6);
}

/// All that is said of each span, in an order that does not depend on who says it.
fn all_of(trace: &JaegerTrace) -> BTreeSet<String> {
    let lines = trace.spans.iter().map(|span| {
        let process = trace.process(span);
        let logs: Vec<_> = span
            .logs
            .iter()
            .map(|log| (log.timestamp, tags(&log.fields)))
            .collect();
        format!(
            "{} {} {:?} flags {} from {} for {} {:?} {:?} {:?} of {} {:?} warned {:?}",
            span.trace_id,
            span.span_id,
            span.operation_name,
            span.flags,
            span.start_time,
            span.duration,
            references(span),
            tags(&span.tags),
            logs,
            process.service_name,
            tags(&process.tags),
            span.warnings,
        )
    });
    lines.collect()
}

fn references(span: &JaegerSpan) -> BTreeSet<String> {
    let references = span.references.iter();
    references.map(|reference| format!("{reference:?}")).collect()
}

/// But for what the server adds, and for what the transport says of the process.
fn tags(tags: &[JaegerTag]) -> BTreeSet<String> {
    let added = ["internal.span.format", "client-uuid"];
    let tags = tags.iter().filter(|tag| !added.contains(&tag.key.as_str()));
    tags.map(|tag| format!("{} {} {}", tag.key, tag.kind, tag.value))
        .collect()
}
