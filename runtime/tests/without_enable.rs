//! What is left without the feature `enable`.
#![cfg(not(feature = "enable"))]

use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Destination, OpentracingConfig, Origin, Tracer, TracerGuard, active_span, build_span, extract,
    in_active_span, inject, run_as_background_process, set_tag, start_active_span, trace_id,
    whitelisted_homeserver, with_tracer,
};
use http::HeaderMap;

const CONTEXT: &str = "00000000000000010000000000000002:3:0:1";

fn tracer() -> (Tracer, TracerGuard, MemoryReporter) {
    let memory = MemoryReporter::new();
    let (tracer, guard) = Tracer::builder("off")
        .homeserver_whitelist(Whitelist::new(["example.org"]).unwrap())
        .trace_id_header(http::HeaderName::from_static("x-mine"))
        .reporter(memory.clone())
        .build()
        .unwrap();
    (tracer, guard, memory)
}

#[test]
fn no_span_is_ever_started() {
    let (tracer, guard, memory) = tracer();
    with_tracer(&tracer, || {
        let scope = start_active_span("scope");
        assert!(active_span().is_none());
        assert!(trace_id().is_none());
        assert!(scope.span().context().is_none());
        assert!(build_span("built").start().context().is_none());
        drop(run_as_background_process("process", async {}));
        in_active_span(|| set_tag("no", "diagnostics"))();
    });
    assert_eq!(tracer.stats(), Tracer::noop().stats());
    guard
        .shutdown(Duration::ZERO)
        .expect("there is nothing to wait for");
    assert!(memory.finished_spans().is_empty());
}

#[test]
fn a_configuration_that_is_enabled_is_checked_and_starts_nothing() {
    let mut config = OpentracingConfig::default();
    config.enabled = true;
    let (tracer, _guard) = config.build("example.org").unwrap();
    assert!(!tracer.is_enabled());
    config.homeserver_whitelist = vec!["(".to_owned()];
    assert!(config.build("example.org").is_err());
}

#[test]
fn inject_still_removes_headers_and_the_whitelist_still_answers() {
    let (tracer, _guard, _) = tracer();
    let mut headers = HeaderMap::new();
    for name in ["uber-trace-id", "traceparent", "x-mine", "accept"] {
        headers.insert(name, CONTEXT.parse().unwrap());
    }
    with_tracer(&tracer, || {
        assert!(extract(&headers, Origin::Internal).is_none());
        inject(&mut headers, Destination::Homeserver("example.org"));
        assert!(whitelisted_homeserver("example.org"));
        assert!(!whitelisted_homeserver("example.com"));
    });
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["accept"]);
}
