//! Traces that somebody asked for by hand: `jaeger-debug-id` and `jaeger-baggage`.

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{Destination, Origin, build_span, extract, inject, start_active_span, with_tracer};
use http::{HeaderMap, HeaderName};

const LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("trusted.example");

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

fn never_samples() -> TestTracer {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    test.tracer()
        .set_homeserver_whitelist(["trusted.example"])
        .unwrap();
    test
}

#[test]
fn a_debug_id_from_internal_begins_a_recorded_trace_and_is_a_tag_of_its_root_only() {
    let test = never_samples();
    let (context, sent) = with_tracer(test.tracer(), || {
        let by_hand = headers(&[("jaeger-debug-id", "ticket 42"), ("jaeger-baggage", "k=v")]);
        let context = extract(&by_hand, Origin::Internal).unwrap();
        let _root = build_span("root").child_of(context.clone()).start_active();
        let _child = start_active_span("child");
        let mut sent = HeaderMap::new();
        inject(&mut sent, Destination::Internal);
        (context, sent)
    });
    assert_eq!(context.debug_id(), Some("ticket 42"));
    let (root, child) = (test.finished_span("root"), test.finished_span("child"));
    assert_eq!((root.trace_id, root.parent_span_id), (context.trace_id(), None));
    assert_eq!((root.flags.bits(), child.flags.bits()), (3, 3));
    let tag = root.tag("jaeger-debug-id").and_then(|value| value.as_str());
    assert_eq!(tag, Some("ticket 42"));
    assert_eq!(child.tag("jaeger-debug-id"), None);
    assert!(root.references.is_empty());
    let expected = format!("{}:{}:0:3", child.trace_id, child.span_id);
    assert_eq!(sent, headers(&[("uber-trace-id", &expected), ("uberctx-k", "v")]));
}

#[test]
fn a_debug_id_from_others_is_ignored_and_counted() {
    let test = never_samples();
    with_tracer(test.tracer(), || {
        for (counted, origin) in (1..).zip([
            LISTED,
            Origin::AuthenticatedHomeserver("evil.example"),
            Origin::Unauthenticated,
        ]) {
            let by_hand = headers(&[("jaeger-debug-id", "x")]);
            assert_eq!(extract(&by_hand, origin), None);
            assert_eq!(test.tracer().stats().refused_debug_ids, counted);
        }
        let with_context = headers(&[("jaeger-debug-id", "x"), ("uber-trace-id", "abc:de:0:0")]);
        let context = extract(&with_context, LISTED).unwrap();
        assert_eq!((context.debug_id(), context.is_sampled()), (None, false));
    });
    let stats = test.tracer().stats();
    assert_eq!((stats.refused_debug_ids, stats.refused_contexts), (4, 0));
}

#[test]
fn baggage_from_others_is_dropped_however_it_is_written() {
    let test = never_samples();
    with_tracer(test.tracer(), || {
        for origin in [LISTED, Origin::Unauthenticated] {
            let by_hand = headers(&[("jaeger-baggage", "synapse-force-tracing=1")]);
            assert_eq!(extract(&by_hand, origin), None);
        }
    });
    assert_eq!(test.tracer().stats().dropped_baggage_items, 2);
}

#[test]
fn baggage_alone_begins_a_trace_that_the_sampler_decides_about() {
    for sampled in [true, false] {
        let test = TestTracer::with_sampler(ConstSampler::new(sampled));
        with_tracer(test.tracer(), || {
            let context = extract(&headers(&[("jaeger-baggage", "k=v")]), Origin::Internal).unwrap();
            let root = build_span("root").child_of(context).start();
            let own = root.context().unwrap();
            assert_eq!((own.is_sampled(), own.baggage().get("k")), (sampled, Some("v")));
        });
        assert_eq!(test.finished_spans().len(), usize::from(sampled));
        if sampled {
            let root = test.finished_span("root");
            assert_eq!((root.parent_span_id, root.flags.bits()), (None, 1));
            assert!(root.tag("sampler.type").is_some());
        }
    }
}

#[test]
fn nothing_refers_to_the_span_that_a_debug_id_does_not_name() {
    let test = never_samples();
    with_tracer(test.tracer(), || {
        let context = extract(&headers(&[("jaeger-debug-id", "x")]), Origin::Internal);
        drop(build_span("follower").follows_from(context).start_active());
    });
    let follower = test.finished_span("follower");
    assert!(follower.references.is_empty() && follower.tag("jaeger-debug-id").is_some());
}

#[test]
fn two_different_debug_ids_are_none_and_count_once() {
    let test = never_samples();
    let mut both = HeaderMap::new();
    for id in ["x", "y"] {
        both.append("jaeger-debug-id", id.parse().unwrap());
    }
    assert!(with_tracer(test.tracer(), || extract(&both, Origin::Internal)).is_none());
    assert_eq!(test.tracer().stats().span_context_decoding_errors, 1);
}
