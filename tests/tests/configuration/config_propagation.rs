//! What the configuration says about headers and ids, in the headers.

use fedtrace::reporter::MemoryReporter;
use fedtrace::{
    Destination, OpentracingConfig, Origin, SpanContext, Tracer, TracerGuard, build_span, extract,
    force_tracing, inject, inject_response_headers, start_active_span, trace_id, with_tracer,
};
use http::{HeaderMap, HeaderName, HeaderValue};

fn tracer(keys: &str) -> (Tracer, TracerGuard) {
    let section = format!("{{enabled: true, jaeger_config: {{sampler: {{type: const, param: 1}}, {keys}}}}}");
    let config: OpentracingConfig = yaml_serde::from_str(&section).unwrap();
    config
        .build_with("hs", |builder| builder.reporter(MemoryReporter::new()))
        .unwrap()
}

/// The names that a forced span writes for our own processes.
fn written(keys: &str) -> Vec<String> {
    let (tracer, _guard) = tracer(keys);
    with_tracer(&tracer, || {
        let _scope = start_active_span("request");
        force_tracing();
        let mut headers = HeaderMap::new();
        inject(&mut headers, Destination::Internal);
        let mut names: Vec<_> = headers.keys().map(HeaderName::to_string).collect();
        names.sort_unstable();
        names
    })
}

fn taken(keys: &str, headers: &[(&'static str, &'static str)]) -> Option<SpanContext> {
    let (tracer, _guard) = tracer(keys);
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    with_tracer(&tracer, || extract(&headers, Origin::Internal))
}

const BAGGAGE: &str = "uberctx-synapse-force-tracing";

#[test]
fn contexts_are_written_in_each_configured_way() {
    assert_eq!(written(""), ["uber-trace-id", BAGGAGE]);
    assert_eq!(written("propagation: w3c"), ["traceparent", BAGGAGE]);
    assert_eq!(
        written("propagation: b3"),
        [
            BAGGAGE,
            "x-b3-flags",
            "x-b3-sampled",
            "x-b3-spanid",
            "x-b3-traceid"
        ]
    );
    assert_eq!(
        written("propagation: [jaeger, w3c]"),
        ["traceparent", "uber-trace-id", BAGGAGE]
    );
}

#[test]
fn contexts_are_read_in_the_configured_order() {
    let headers = [("uber-trace-id", "1:1:0:1"), ("b3", "2-2-1")];
    for (keys, first) in [
        ("", 1),
        ("propagation: b3", 2),
        ("propagation: 'b3, jaeger'", 2),
        ("propagation: 'jaeger, b3'", 1),
    ] {
        assert_eq!(taken(keys, &headers).unwrap().trace_id().get(), first, "{keys}");
    }
}

#[test]
fn jaegers_headers_have_their_configured_names() {
    let keys = "trace_id_header: X_Trace, baggage_header_prefix: X-Ctx-, debug_id_header: x-debug";
    assert_eq!(written(keys), ["x-ctx-synapse-force-tracing", "x-trace"]);
    let context = taken(keys, &[("x-trace", "1:2:0:1"), ("x-ctx-key", "value")]).unwrap();
    assert_eq!(context.baggage().get("key"), Some("value"));
    let asked = taken(keys, &[("x-debug", "me"), ("uber-trace-id", "1:2:0:1")]).unwrap();
    assert_eq!(asked.debug_id(), Some("me"));
}

#[test]
fn new_traces_have_ids_of_128_bits_if_configured_and_those_of_others_keep_theirs() {
    for (keys, is_long) in [("", false), ("generate_128bit_trace_id: true", true)] {
        let (tracer, _guard) = tracer(keys);
        with_tracer(&tracer, || {
            let scope = start_active_span("request");
            assert_eq!(trace_id().unwrap().high() != 0, is_long);
            let mut headers = HeaderMap::new();
            inject_response_headers(&mut headers, Destination::Internal);
            let length = headers["synapse-trace-id"].to_str().unwrap().len();
            assert_eq!(length > 16, is_long);
            drop(scope);
            let mut asked = HeaderMap::new();
            asked.insert("jaeger-debug-id", HeaderValue::from_static("me"));
            let debug = extract(&asked, Origin::Internal).unwrap();
            assert_eq!(debug.trace_id().high() != 0, is_long);
            let mut short = HeaderMap::new();
            short.insert("uber-trace-id", HeaderValue::from_static("1:2:0:1"));
            let _scope = build_span("joined")
                .child_of(extract(&short, Origin::Internal))
                .start_active();
            assert_eq!(trace_id().unwrap().get(), 1);
        });
    }
}
