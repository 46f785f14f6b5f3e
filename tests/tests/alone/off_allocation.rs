//! Without a tracer nothing allocates.

use fedtrace::{
    Destination, SpanContext, SpanId, TraceFlags, TraceId, build_span, force_tracing, inject,
    inject_response_headers, log_kv, run_as_background_process, set_operation_name, set_tag,
    start_active_span, start_active_span_follows_from, tag_args, trace,
};
use fedtrace_tests::{allocations_in, alone};
use http::HeaderMap;

#[trace]
#[tag_args]
fn traced(argument: &str) -> Result<usize, String> {
    Ok(argument.len())
}

#[test]
fn nothing_allocates_when_off() {
    alone(|| {
        let mut headers = HeaderMap::new();
        let context = SpanContext::remote(
            TraceId::new(1).unwrap(),
            SpanId::new(2).unwrap(),
            TraceFlags::SAMPLED,
        );
        let allocations = [
            ("trace", allocations_in(|| drop(traced("argument")))),
            (
                "start_active_span",
                allocations_in(|| drop(start_active_span("op"))),
            ),
            ("set_tag", allocations_in(|| set_tag("key", "value"))),
            ("log_kv", allocations_in(|| log_kv([("event", "value")]))),
            ("set_operation_name", allocations_in(|| set_operation_name("op"))),
            ("force_tracing", allocations_in(force_tracing)),
            (
                "builder",
                allocations_in(|| drop(build_span("op").tag("k", "v").tags([("a", 1)]).start_active())),
            ),
            (
                "follows_from",
                allocations_in(|| drop(start_active_span_follows_from("op", [context]))),
            ),
            (
                "background",
                allocations_in(|| drop(run_as_background_process("op", async {}))),
            ),
            (
                "inject",
                allocations_in(|| inject(&mut headers, Destination::Homeserver("example.org"))),
            ),
            (
                "response",
                allocations_in(|| inject_response_headers(&mut headers, Destination::Client)),
            ),
        ];
        assert!(
            allocations.iter().all(|(_, count)| *count == 0),
            "{allocations:?}"
        );
    });
}
