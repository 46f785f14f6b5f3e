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

/// Jaeger 2 keeps OpenTelemetry's spans, which have no flags and other names for some tags.
#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn the_file_has_what_jaeger_2_shows_of_spans_that_came_by_http() {
    same_in_file_and_server(Server::V2, Transport::Http);
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
    let [in_file, in_server] = [written, &shown].map(|trace| all_of(trace, server));
    let only = |these: &BTreeSet<String>, those| these.difference(those).cloned().collect::<Vec<_>>();
    assert_eq!(only(&in_file, &in_server), only(&in_server, &in_file));
    assert_eq!(written.spans.len(), 6);
}

/// All that is said of each span, in an order that does not depend on who says it.
fn all_of(trace: &JaegerTrace, server: Server) -> BTreeSet<String> {
    let lines = trace.spans.iter().map(|span| {
        let process = trace.process(span);
        let logs = span.logs.iter();
        let logs: Vec<_> = logs
            .map(|log| (log.timestamp, tags(&log.fields, server)))
            .collect();
        format!(
            "{} {} {:?} flags {} from {} for {} {:?} {:?} {:?} of {} {:?} warned {:?}",
            span.trace_id,
            span.span_id,
            span.operation_name,
            if server == Server::V2 { 0 } else { span.flags },
            span.start_time,
            span.duration,
            references(span),
            tags(&span.tags, server),
            logs,
            process.service_name,
            tags(&process.tags, server),
            span.warnings,
        )
    });
    lines.collect()
}

fn references(span: &JaegerSpan) -> BTreeSet<String> {
    let references = span.references.iter();
    references.map(|reference| format!("{reference:?}")).collect()
}

/// The tags but for those that a server adds or gives another name, and for what the transport says of the process.
fn tags(tags: &[JaegerTag], server: Server) -> BTreeSet<String> {
    let of_any = ["internal.span.format", "client-uuid"];
    let of_jaeger_2 = [
        "error",
        "otel.status_code",
        "hostname",
        "host.name",
        "jaeger.version",
        "opencensus.exporterversion",
    ];
    let is_same = |tag: &&JaegerTag| {
        let key = tag.key.as_str();
        !(of_any.contains(&key) || server == Server::V2 && of_jaeger_2.contains(&key))
    };
    let tags = tags.iter().filter(is_same);
    tags.map(|tag| format!("{} {} {}", tag.key, tag.kind, value(tag)))
        .collect()
}

/// A number without a fraction may be written with or without a point.
fn value(tag: &JaegerTag) -> String {
    match tag.value.as_f64().filter(|_| tag.kind == "float64") {
        Some(number) => number.to_string(),
        None => tag.value.to_string(),
    }
}
