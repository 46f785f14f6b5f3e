//! Contexts in other ways than Jaeger's, from header to span and on to the next header.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fedtrace::propagation::Propagation;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::{
    ConstSampler, Decision, OperationStrategy, PerOperationSampler, ProbabilisticSampler, Sampler,
};
use fedtrace::throttler::Throttler;
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Destination, Origin, SpanContext, TraceFlags, TraceId, Tracer, TracerGuard, build_span,
    context_from_string, context_to_string, extract, inject, start_active_span, with_tracer,
};
use http::{HeaderMap, HeaderValue};

const FROM_LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("trusted.example");

fn tracer(propagation: &[Propagation], sampled: bool) -> (Tracer, TracerGuard) {
    Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .sampler(ConstSampler::new(sampled))
        .homeserver_whitelist(Whitelist::new(["trusted.example"]).unwrap())
        .propagation(propagation.iter().copied())
        .build()
        .unwrap()
}

#[test]
fn without_a_propagation_nothing_is_sent_or_accepted() {
    let (tracer, _guard) = tracer(&[], true);
    with_tracer(&tracer, || {
        let scope = start_active_span("request");
        scope.span().set_baggage_item("k", "v");
        let mut sent = HashMap::new();
        inject(&mut sent, Destination::Internal);
        assert_eq!(sent, HashMap::new());
        drop(scope);
        for (name, value) in [
            ("uber-trace-id", "abc:de:0:1"),
            ("uberctx-k", "v"),
            ("jaeger-baggage", "k=v"),
            ("jaeger-debug-id", "x"),
        ] {
            let received = HashMap::from([(name.to_owned(), value.to_owned())]);
            assert_eq!(extract(&received, Origin::Internal), None, "{name}");
            assert_eq!(extract(&received, FROM_LISTED), None, "{name}");
        }
    });
}

#[test]
fn a_decision_that_b3_leaves_to_us_is_made_by_our_sampler_and_costs_no_budget() {
    let undecided = HashMap::from([("b3".to_owned(), "abc-de".to_owned())]);
    for sampled in [true, false] {
        let (tracer, _guard) = tracer(&[Propagation::B3], sampled);
        with_tracer(&tracer, || {
            for origin in [Origin::Internal, FROM_LISTED] {
                for _ in 0..20 {
                    let context = extract(&undecided, origin).unwrap();
                    assert_eq!((context.trace_id().get(), context.span_id().get()), (0xabc, 0xde));
                    let span = build_span("request").child_of(context).start();
                    assert_eq!(span.context().unwrap().is_sampled(), sampled, "{origin:?}");
                }
            }
        });
        assert_eq!(tracer.stats().over_budget_contexts, 0);
    }
}

#[test]
fn a_decision_that_one_of_our_processes_leaves_to_us_is_made_for_the_operation_of_the_span() {
    let undecided = HashMap::from([("b3".to_owned(), "abc-de".to_owned())]);
    for (others, health) in [(1.0, 0.0), (0.0, 1.0)] {
        let sampler =
            PerOperationSampler::new(others).operation("GET /health", OperationStrategy::new(health));
        let (tracer, _guard) = Tracer::builder("test")
            .reporter(MemoryReporter::new())
            .sampler(sampler)
            .propagation([Propagation::B3])
            .build()
            .unwrap();
        with_tracer(&tracer, || {
            for (operation, probability) in [("GET /health", health), ("GET /sync", others)] {
                let caller = extract(&undecided, Origin::Internal).unwrap();
                let child = build_span(operation).child_of(caller.clone()).start();
                let moved = build_span(operation).start();
                assert!(moved.set_parent(caller));
                for span in [child, moved] {
                    let context = span.context().unwrap();
                    assert_eq!(context.trace_id().get(), 0xabc);
                    assert_eq!(context.is_sampled(), probability == 1.0, "{operation}");
                }
            }
        });
    }
}

#[test]
fn a_decision_that_one_of_our_processes_leaves_to_us_is_the_same_for_a_child_and_a_late_parent() {
    let sampler = || ProbabilisticSampler::new(0.5);
    let (tracer, _guard) = Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .sampler(sampler())
        .propagation([Propagation::B3])
        .build()
        .unwrap();
    let ids = (0..64).map(|number: u64| number * (u64::MAX / 64) + 1);
    let sampled = ids.filter(|id| {
        let trace_id = TraceId::new((*id).into()).unwrap();
        let undecided = HashMap::from([("b3".to_owned(), format!("{id:016x}-de"))]);
        let decision = sampler().sample(trace_id, "request");
        with_tracer(&tracer, || {
            let caller = extract(&undecided, Origin::Internal).unwrap();
            let child = build_span("request").child_of(caller.clone()).start();
            let moved = build_span("request").start();
            assert!(moved.set_parent(caller));
            for span in [child, moved] {
                let context = span.context().unwrap();
                assert_eq!(context.trace_id(), trace_id);
                assert_eq!(context.is_sampled(), decision.is_sampled(), "{trace_id}");
            }
        });
        decision.is_sampled()
    });
    assert!((1..64).contains(&sampled.count()));
}

#[test]
fn a_forced_span_stays_forced_below_a_parent_that_leaves_the_decision_to_us() {
    let undecided = HashMap::from([("b3".to_owned(), "abc-de".to_owned())]);
    let (tracer, _guard) = tracer(&[Propagation::B3], false);
    with_tracer(&tracer, || {
        let span = build_span("request").start();
        span.force_tracing();
        assert!(span.set_parent(extract(&undecided, Origin::Internal).unwrap()));
        assert_eq!(
            span.context().unwrap().flags(),
            TraceFlags::SAMPLED | TraceFlags::DEBUG
        );
    });
}

/// Counts how often it is asked.
#[derive(Default)]
struct Counting(Arc<AtomicUsize>);

impl Sampler for Counting {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        // The span that gets the parent is not active here.
        assert!(start_active_span("own work").span().context().is_none());
        self.0.fetch_add(1, Ordering::Relaxed);
        Decision::record()
    }
}

#[test]
fn the_sampler_is_not_asked_about_a_parent_that_is_refused() {
    let undecided = HashMap::from([("b3".to_owned(), "abc-de".to_owned())]);
    let asked = Arc::new(AtomicUsize::new(0));
    let (tracer, _guard) = Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .sampler(Counting(Arc::clone(&asked)))
        .propagation([Propagation::B3])
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        let parent = || extract(&undecided, Origin::Internal).unwrap();
        let scope = start_active_span("request");
        assert!(scope.span().set_parent(parent()));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(!scope.span().set_parent(parent()));
        let ended = build_span("ended").child_of(scope.span().context()).start();
        ended.finish();
        assert!(!ended.set_parent(parent()));
    });
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn what_a_listed_homeserver_samples_has_the_same_budget_in_every_way() {
    let sampled = HashMap::from([(
        "traceparent".to_owned(),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
    )]);
    let (tracer, _guard) = tracer(&[Propagation::W3c], false);
    let honoured = with_tracer(&tracer, || {
        let contexts = (0..1000).filter_map(|_| extract(&sampled, FROM_LISTED));
        contexts.filter(|context| context.is_sampled()).count()
    });
    assert!((10..500).contains(&honoured), "{honoured}");
    assert_eq!(tracer.stats().over_budget_contexts, 1000 - honoured as u64);
}

#[test]
fn a_tracestate_goes_on_from_span_to_span_to_our_next_process() {
    let mut headers = HeaderMap::new();
    headers.insert(
        "traceparent",
        HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    );
    headers.insert("tracestate", HeaderValue::from_static("congo=t61rcWkgMzE"));
    let (tracer, _guard) = tracer(&[Propagation::W3c], true);
    with_tracer(&tracer, || {
        let remote = extract(&headers, Origin::Internal);
        let _outer = build_span("outer").child_of(remote).start_active();
        let inner = start_active_span("inner");
        let span_id = inner.span().context().unwrap().span_id();
        let parent = format!("00-0af7651916cd43dd8448eb211c80319c-{span_id}-01");
        for (destination, expected) in [
            (Destination::Internal, Some("congo=t61rcWkgMzE")),
            (Destination::Homeserver("trusted.example"), None),
        ] {
            let mut onwards = headers.clone();
            inject(&mut onwards, destination);
            assert_eq!(onwards["traceparent"], parent);
            let state = onwards.get("tracestate").map(|value| value.to_str().unwrap());
            assert_eq!(state, expected);
        }
    });
}

#[test]
fn text_is_read_and_written_as_jaegers_whatever_is_configured() {
    let (tracer, _guard) = tracer(&[Propagation::W3c], true);
    with_tracer(&tracer, || {
        let _scope = start_active_span("request");
        let text = context_to_string(Destination::Internal).unwrap();
        assert!(text.starts_with(r#"{"uber-trace-id":""#), "{text}");
        let context = context_from_string(&text, Origin::Internal).unwrap();
        assert_eq!(Some(context.trace_id()), fedtrace::trace_id());
    });
}

#[test]
fn without_any_propagation_nothing_is_written_and_everything_still_removed() {
    let (tracer, _guard) = tracer(&[], true);
    with_tracer(&tracer, || {
        let _scope = start_active_span("request");
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static("theirs"));
        headers.insert("uber-trace-id", HeaderValue::from_static("1:2:0:1"));
        assert!(extract(&headers, Origin::Internal).is_none());
        inject(&mut headers, Destination::Homeserver("trusted.example"));
        assert!(headers.is_empty());
    });
}

/// Whether the span that a decision without ids begins is recorded, and its context.
fn begun_by(state: &str, origin: Origin<'_>) -> (bool, SpanContext) {
    let headers = HashMap::from([("b3".to_owned(), state.to_owned())]);
    let span = build_span("root").child_of(extract(&headers, origin)).start();
    let context = span.context().unwrap();
    (context.is_sampled(), context)
}

#[test]
fn a_decision_without_ids_is_obeyed_by_the_trace_that_begins_here() {
    for by_sampler in [true, false] {
        let (tracer, guard) = tracer(&[Propagation::B3], by_sampler);
        with_tracer(&tracer, || {
            for origin in [Origin::Internal, FROM_LISTED] {
                for (state, sampled) in [("0", false), ("1", true), ("d", true)] {
                    let (is_sampled, context) = begun_by(state, origin);
                    assert_eq!(is_sampled, sampled, "{state} {origin:?}");
                    let is_forced = context.flags().contains(TraceFlags::FORCED);
                    assert_eq!(is_forced, state == "d" && origin == Origin::Internal);
                }
            }
            for origin in [
                Origin::Unauthenticated,
                Origin::AuthenticatedHomeserver("evil.example"),
            ] {
                assert_eq!(begun_by("1", origin).0, by_sampler);
                assert_eq!(begun_by("0", origin).0, by_sampler);
            }
        });
        assert_eq!(tracer.stats().refused_contexts, 4);
        guard.shutdown(Duration::from_secs(10)).unwrap();
    }
}

#[test]
fn a_decision_without_ids_spends_the_budget_of_a_listed_homeserver() {
    let (tracer, _guard) = tracer(&[Propagation::B3], false);
    let honoured = with_tracer(&tracer, || {
        (0..1000).filter(|_| begun_by("1", FROM_LISTED).0).count()
    });
    assert!((10..500).contains(&honoured), "{honoured}");
    assert_eq!(tracer.stats().over_budget_contexts, 1000 - honoured as u64);
}

#[test]
fn a_forcing_decision_without_ids_needs_the_permission_of_the_throttler() {
    struct Refuses;
    impl Throttler for Refuses {
        fn is_allowed(&self, _: &str) -> bool {
            false
        }
    }
    let (tracer, _guard) = Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .sampler(ConstSampler::new(false))
        .throttler(Refuses)
        .propagation([Propagation::B3])
        .build()
        .unwrap();
    with_tracer(&tracer, || assert!(!begun_by("d", Origin::Internal).0));
    assert_eq!(tracer.stats().throttled_debug_spans, 1);
}
