//! Whom we believe of what comes in HTTP headers.

use fedtrace::{
    Destination, Origin, SpanContext, Tracer, build_span, extract, force_tracing, inject, start_active_span,
    with_tracer,
};
use fedtrace_tests::listed_tracer;
use http::{HeaderMap, HeaderName};

const LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("trusted.example");

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

fn hostile() -> HeaderMap {
    headers(&[
        ("uber-trace-id", "abc:de:0:f"),
        ("uberctx-synapse-force-tracing", "1"),
        ("jaeger-debug-id", "x"),
    ])
}

fn taken(tracer: &Tracer, headers: &HeaderMap, origin: Origin<'_>) -> Option<SpanContext> {
    with_tracer(tracer, || extract(headers, origin))
}

#[test]
fn a_listed_homeserver_can_join_a_trace_but_cannot_force_one() {
    let test = listed_tracer();
    let tracer = test.tracer();
    let context = taken(tracer, &hostile(), LISTED).unwrap();
    assert_eq!((context.trace_id().get(), context.span_id().get()), (0xabc, 0xde));
    assert_eq!(context.flags().bits(), 1);
    assert!(!context.is_forced() && context.baggage().is_empty() && context.is_remote());
    assert_eq!(tracer.stats().dropped_baggage_items, 1);
}

#[test]
fn unlisted_homeservers_and_clients_are_not_believed_and_counted() {
    let test = listed_tracer();
    let tracer = test.tracer();
    let unlisted = Origin::AuthenticatedHomeserver("trusted.example.evil.example");
    for (counted, origin) in (1..).zip([unlisted, Origin::Unauthenticated]) {
        assert_eq!(taken(tracer, &hostile(), origin), None);
        assert_eq!(taken(tracer, &HeaderMap::new(), origin), None);
        assert_eq!(tracer.stats().refused_contexts, counted);
    }
    assert_eq!(tracer.stats().span_context_decoding_errors, 0);
}

#[test]
fn bad_input_is_no_context_and_one_count() {
    let test = listed_tracer();
    let tracer = test.tracer();
    for (counted, value) in (1..).zip(["", "1:2:3", "0:1:0:1", "x:1:0:1", "1:2:0:1:1"]) {
        assert_eq!(taken(tracer, &headers(&[("uber-trace-id", value)]), LISTED), None);
        assert_eq!(tracer.stats().span_context_decoding_errors, counted, "{value:?}");
    }
}

#[test]
fn with_tracing_off_nothing_is_taken() {
    assert_eq!(extract(&hostile(), Origin::Internal), None);
}

#[test]
fn a_forced_trace_stays_forced_on_the_next_worker_and_stops_at_the_next_server() {
    let (first, second) = (listed_tracer(), listed_tracer());
    let span = build_span("first").tracer(first.tracer()).start();
    span.force_tracing();
    let sent = |origin, destination| {
        let mut headers = HeaderMap::new();
        let scope = build_span("request")
            .tracer(first.tracer())
            .child_of(span.context())
            .start_active();
        inject(&mut headers, destination);
        drop(scope);
        taken(second.tracer(), &headers, origin).unwrap()
    };

    let on_worker = sent(Origin::Internal, Destination::Internal);
    assert!(on_worker.is_forced());
    assert_eq!(on_worker.trace_id(), span.context().unwrap().trace_id());
    assert_eq!(on_worker.flags().bits(), 3);

    let on_server = sent(LISTED, Destination::Homeserver("trusted.example"));
    assert_eq!(on_server.trace_id(), on_worker.trace_id());
    assert_eq!((on_server.is_forced(), on_server.flags().bits()), (false, 1));
}

#[test]
fn a_request_of_a_listed_homeserver_joins_its_trace_and_that_of_another_starts_one() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        for (operation, origin) in [
            ("joined", LISTED),
            ("own", Origin::AuthenticatedHomeserver("evil.example")),
        ] {
            let remote = extract(&hostile(), origin);
            drop(build_span(operation).child_of(remote).start_active());
        }
    });
    let joined = test.finished_span("joined");
    assert_eq!(joined.trace_id.get(), 0xabc);
    assert_eq!(joined.parent_span_id.map(|id| id.get()), Some(0xde));
    assert_eq!(joined.flags.bits(), 1);
    let own = test.finished_span("own");
    assert_ne!(own.trace_id, joined.trace_id);
    assert_eq!(own.parent_span_id, None);
}

#[test]
fn baggage_of_another_server_is_counted_also_without_a_context() {
    let test = listed_tracer();
    let tracer = test.tracer();
    assert_eq!(taken(tracer, &headers(&[("uberctx-key", "value")]), LISTED), None);
    assert_eq!(tracer.stats().dropped_baggage_items, 1);
}

#[test]
fn what_a_listed_homeserver_does_not_sample_can_still_be_forced_here() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let own = start_active_span("incoming-request");
        for forced in [false, true] {
            let remote = extract(&headers(&[("uber-trace-id", "abc:de:0:0")]), LISTED);
            let _scope = build_span("incoming-federation-request")
                .child_of(remote)
                .start_active();
            if forced {
                force_tracing();
            }
            drop(start_active_span(if forced { "forced" } else { "left out" }));
        }
        drop(own);
    });
    test.tree().assert_eq(
        "
        incoming-request
        incoming-federation-request
          forced
        ",
    );
    assert_eq!(test.finished_span("forced").trace_id.get(), 0xabc);
}
