//! A listed homeserver says that its traces are sampled, and we record only so many of them.

use std::sync::Mutex;

use fedtrace::propagation::MaxRemoteSampledTraces;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::{ConstSampler, Decision, Sampler};
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Origin, SpanContext, TraceId, Tracer, TracerBuilder, TracerGuard, context_from_string, extract,
    extract_edu, start_active_span_from_edu, with_tracer,
};
use fedtrace_tests::LogLines;
use http::{HeaderMap, HeaderName};
use serde_json::{Map, json};

/// One, since that is the least that a bucket holds; nothing comes back during a test.
const ONE: f64 = 1.0e-9;

fn from(name: &str) -> Origin<'_> {
    Origin::AuthenticatedHomeserver(name)
}

fn builder(per_origin: f64, total: f64) -> TracerBuilder {
    Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .sampler(ConstSampler::new(false))
        .homeserver_whitelist(Whitelist::new(["example.com", "log.example.net"]).unwrap())
        .max_remote_sampled_traces_per_second(MaxRemoteSampledTraces { per_origin, total })
}

fn tracer(per_origin: f64, total: f64) -> (Tracer, TracerGuard) {
    builder(per_origin, total).build().unwrap()
}

fn headers(trace_id: u64, flags: u8) -> HeaderMap {
    let value = format!("{trace_id:x}:1:0:{flags:x}").parse().unwrap();
    HeaderMap::from_iter([(HeaderName::from_static("uber-trace-id"), value)])
}

fn taken(tracer: &Tracer, trace_id: u64, origin: Origin<'_>) -> SpanContext {
    with_tracer(tracer, || extract(&headers(trace_id, 1), origin)).unwrap()
}

#[test]
fn above_the_budget_our_own_sampler_decides_and_the_ids_are_kept() {
    let (tracer, _guard) = tracer(ONE, f64::INFINITY);
    let contexts: Vec<_> = (1..=1000)
        .map(|id| taken(&tracer, id, from("example.com")))
        .collect();
    assert!(
        contexts
            .iter()
            .zip(1..)
            .all(|(context, id)| context.trace_id().get() == id)
    );
    assert_eq!(contexts.iter().filter(|context| context.is_sampled()).count(), 1);
    assert!(taken(&tracer, 1, from("other.example.com")).is_sampled());
    assert_eq!(tracer.stats().over_budget_contexts, 999);
    assert_eq!(
        tracer.over_budget_origins(),
        [(Some("example.com".to_owned()), 999)]
    );
}

#[test]
fn all_origins_together_have_a_budget_too() {
    let (tracer, _guard) = tracer(f64::INFINITY, ONE);
    assert!(taken(&tracer, 1, from("a.example.com")).is_sampled());
    assert!(!taken(&tracer, 1, from("b.example.com")).is_sampled());
}

#[test]
fn headers_edus_and_texts_share_one_budget() {
    let text = r#"{"uber-trace-id":"abc:de:0:1"}"#;
    let edu = Map::from_iter([("org.matrix.opentracing_context".to_owned(), json!(text))]);
    let origin = from("example.com");
    let sampled = |tracer: &Tracer, carrier: usize| {
        with_tracer(tracer, || {
            let context = match carrier {
                0 => extract(&headers(1, 1), origin),
                1 => extract_edu(&edu, origin),
                2 => context_from_string(text, origin),
                _ => start_active_span_from_edu(&edu, "on_edu", origin)
                    .span()
                    .context(),
            };
            context.unwrap().is_sampled()
        })
    };
    for first in 0..4 {
        let (tracer, _guard) = tracer(ONE, f64::INFINITY);
        assert!(sampled(&tracer, first));
        for second in 0..4 {
            assert!(!sampled(&tracer, second), "{first} {second}");
        }
    }
}

#[test]
fn what_is_not_sampled_costs_nothing_and_is_never_sampled_here() {
    let (tracer, _guard) = tracer(ONE, f64::INFINITY);
    with_tracer(&tracer, || {
        for _ in 0..100 {
            let context = extract(&headers(1, 0), from("example.com")).unwrap();
            assert!(!context.is_sampled());
        }
    });
    assert!(taken(&tracer, 1, from("example.com")).is_sampled());
    assert_eq!(tracer.stats().over_budget_contexts, 0);
}

#[test]
fn refused_contexts_and_own_processes_cost_nothing() {
    let (tracer, _guard) = tracer(ONE, ONE);
    with_tracer(&tracer, || {
        for _ in 0..100 {
            assert_eq!(extract(&headers(1, 1), from("evil.example")), None);
            assert!(extract(&headers(1, 1), Origin::Internal).unwrap().is_sampled());
        }
    });
    assert!(taken(&tracer, 1, from("example.com")).is_sampled());
}

#[test]
fn by_default_a_thousand_sampled_flags_make_us_record_a_few() {
    let whitelist = Whitelist::new(["example.com"]).unwrap();
    let (tracer, _guard) = Tracer::builder("test")
        .sampler(ConstSampler::new(false))
        .homeserver_whitelist(whitelist)
        .build()
        .unwrap();
    let start = std::time::Instant::now();
    let contexts: Vec<_> = (1..=1000)
        .map(|id| taken(&tracer, id, from("example.com")))
        .collect();
    let sampled = contexts.iter().filter(|context| context.is_sampled()).count();
    let most = 10.0 + 10.0 * (start.elapsed().as_secs_f64() + 1.0);
    assert!(sampled >= 10 && (sampled as f64) <= most, "{sampled}");
}

#[test]
fn the_budget_survives_a_change_of_the_whitelist() {
    let (tracer, _guard) = tracer(ONE, f64::INFINITY);
    assert!(taken(&tracer, 1, from("example.com")).is_sampled());
    tracer.set_homeserver_whitelist(["example.com"]).unwrap();
    assert!(!taken(&tracer, 1, from("example.com")).is_sampled());
}

/// Samples ids of which the lower half is below a limit, as a probabilistic sampler does, and keeps them.
#[derive(Default)]
struct Asked(Mutex<Vec<(TraceId, String)>>);

impl Sampler for &'static Asked {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        self.0.lock().unwrap().push((trace_id, operation.to_owned()));
        ConstSampler::new(trace_id.low() < u64::MAX / 2).sample(trace_id, operation)
    }
}

#[test]
fn a_sender_cannot_choose_ids_that_our_sampler_likes() {
    let asked: &'static Asked = Box::leak(Box::default());
    let (tracer, _guard) = builder(0.0, 0.0).sampler(asked).build().unwrap();
    let contexts: Vec<_> = (1..=1000)
        .map(|id| taken(&tracer, id, from("example.com")))
        .collect();
    let sampled = contexts.iter().filter(|context| context.is_sampled()).count();
    assert!((300..=700).contains(&sampled), "{sampled}");
    let asked = asked.0.lock().unwrap();
    assert!(
        asked
            .iter()
            .all(|(id, operation)| id.low() > 1000 && operation == "incoming-federation-request")
    );
    let stats = tracer.stats();
    assert_eq!(
        (stats.over_budget_contexts, tracer.over_budget_origins()),
        (0, vec![])
    );
}

/// A sender is told what was decided by our requests to it, so it knows which ids our sampler liked.
#[test]
fn a_sender_gains_nothing_by_an_id_that_was_recorded_before() {
    let asked: &'static Asked = Box::leak(Box::default());
    let (tracer, _guard) = builder(0.0, 0.0).sampler(asked).build().unwrap();
    let liked: Vec<_> = (1..=1000)
        .filter(|id| taken(&tracer, *id, from("example.com")).is_sampled())
        .collect();
    let again = liked
        .iter()
        .filter(|id| taken(&tracer, **id, from("example.com")).is_sampled());
    let (again, before) = (again.count(), liked.len());
    assert!(again < before * 3 / 4, "{again} of {before}");
}

#[test]
fn the_operator_is_told_which_origin_is_above_its_budget() {
    let lines = LogLines::install();
    let (tracer, _guard) = tracer(ONE, f64::INFINITY);
    for _ in 0..10 {
        taken(&tracer, 1, from("log.example.net"));
    }
    let told = lines.containing("log.example.net");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("opentracing.fedtrace.max_remote_sampled_traces_per_second"),
        "{told:?}"
    );
}
