//! What a server makes of spans must not depend on the transport.

use std::collections::BTreeSet;

use fedtrace::{TraceId, Tracer, build_span};
use fedtrace_tests::jaeger_query::{JaegerSpan, JaegerTag, JaegerTrace};
use serde_json::json;

use crate::route::{Route, Server, Transport};

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn jaeger_2_shows_the_same_of_a_span_sent_by_thrift_or_by_otlp() {
    let expected = shown(Transport::Http);
    for transport in [Transport::Compact, Transport::Binary, Transport::Otlp] {
        assert_eq!(shown(transport), expected, "{transport:?}");
    }
}

/// Jaeger's own translation of thrift drops both.
#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn by_otlp_jaeger_2_keeps_a_kind_of_span_and_an_event_that_opentelemetry_does_not_have() {
    let route = Route::new(Server::V2, Transport::Otlp);
    let (tracer, guard) = route.tracer("odd");
    let span = build_span("odd").tracer(&tracer).start();
    span.set_tag("span.kind", "of its own");
    span.log_kv([("event", 5)]);
    let trace_id = span.context().expect("a context").trace_id();
    span.finish();
    drop(guard);

    let trace = route.trace(trace_id, 1);
    let span = trace.span("odd");
    assert_eq!(span.tag("span.kind"), Some(("string", &json!("of its own"))));
    assert_eq!(span.logs[0].field("event"), Some(("int64", &json!(5))));
}

fn shown(transport: Transport) -> Vec<String> {
    let route = Route::new(Server::V2, transport);
    let (tracer, guard) = route.tracer("translated");
    let trace_id = send(&tracer);
    drop(guard);
    let trace = route.trace(trace_id, 6);
    let mut spans: Vec<_> = trace.spans.iter().flat_map(|span| lines(&trace, span)).collect();
    spans.sort();
    spans
}

/// All that OpenTelemetry has another place or another word for.
pub(crate) fn send(tracer: &Tracer) -> TraceId {
    let elsewhere = build_span("elsewhere").tracer(tracer).start();
    let root = build_span("root")
        .tracer(tracer)
        .tag("span.kind", "server")
        .tag("http.status_code", 500)
        .start();
    let server = build_span("incoming")
        .child_of(root.context())
        .follows_from(elsewhere.context())
        .start();
    server.set_tag("span.kind", "server");
    server.set_tag("http.status_code", 404);
    let client = build_span("outgoing").child_of(server.context()).start();
    client.set_tag("span.kind", "client");
    client.set_tag("http.status_code", 404);
    client.set_tag("error", true);
    client.log_kv([("event", "error"), ("message", "not found")]);
    client.log_kv([("message", "no event"), ("level", "warn")]);
    let producer = build_span("produced")
        .child_of(root.context())
        .follows_from(client.context())
        .start();
    producer.set_tag("span.kind", "producer");
    producer.set_tag("error", false);
    let types = build_span("types").child_of(root.context()).start();
    types.set_tag("text", "żółć");
    types.set_tag("empty", "");
    types.set_tag("largest", i64::MAX);
    types.set_tag("too.large", u64::MAX);
    types.set_tag("double", 1.5);
    types.set_tag("whole.double", 2.0);
    types.set_tag("binary", vec![0, 1, 0xff]);
    types.set_tag("error", "as a text");
    let follower = build_span("follower")
        .tracer(tracer)
        .follows_from(root.context())
        .start();
    for span in [&follower, &types, &producer, &client, &server, &root, &elsewhere] {
        span.finish();
    }
    root.context().expect("a context").trace_id()
}

/// All of a span but times and ids.
fn lines(trace: &JaegerTrace, span: &JaegerSpan) -> Vec<String> {
    let name = &span.operation_name;
    let tags = |tags: &[JaegerTag]| {
        tags.iter()
            .filter(|tag| tag.key != "client-uuid")
            .map(|tag| format!("{}: {}={}", tag.kind, tag.key, tag.value))
            .collect::<BTreeSet<_>>()
    };
    let process = trace.process(span);
    let mut lines = vec![
        format!("{name} is of {} {:?}", process.service_name, tags(&process.tags)),
        format!("{name} has {:?}", tags(&span.tags)),
    ];
    for reference in &span.references {
        let other = trace
            .spans
            .iter()
            .find(|other| other.span_id == reference.span_id);
        let other = other.map_or("another trace", |other| &other.operation_name);
        lines.push(format!("{name} {} {other}", reference.ref_type));
    }
    for log in &span.logs {
        lines.push(format!("{name} logs {:?}", tags(&log.fields)));
    }
    let warnings = span.warnings.iter().flatten();
    lines.extend(warnings.map(|warning| format!("{name} is warned of: {warning}")));
    lines
}
