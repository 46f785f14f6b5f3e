//! Our side: what fedtrace writes and reads.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use fedtrace::propagation::MaxRemoteSampledTraces;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Destination, FinishedSpan, Origin, Scope, SpanContext, Tracer, TracerGuard, build_span,
    context_from_string, context_to_string, extract, force_tracing, inject, with_tracer,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::cases::{Case, Decision};
use crate::peers::{LISTED, UNLISTED};

pub(crate) const TO_LISTED: Destination<'_> = Destination::Homeserver(LISTED);
pub(crate) const TO_UNLISTED: Destination<'_> = Destination::Homeserver(UNLISTED);
pub(crate) const FROM_LISTED: Origin<'_> = Origin::AuthenticatedHomeserver(LISTED);
pub(crate) const FROM_UNLISTED: Origin<'_> = Origin::AuthenticatedHomeserver(UNLISTED);

/// What a carrier is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Headers,
    TextMap,
    /// The text map as JSON.
    Text,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Headers, Self::TextMap, Self::Text];

    /// What the active span writes, as JSON that a peer understands.
    pub(crate) fn write(self, destination: Destination<'_>) -> Value {
        match self {
            Self::Headers => {
                let mut headers = HeaderMap::new();
                inject(&mut headers, destination);
                let texts = headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")));
                json!(texts.collect::<BTreeMap<_, _>>())
            }
            Self::TextMap => {
                let mut hashed: HashMap<String, String> = HashMap::new();
                let mut sorted: BTreeMap<String, String> = BTreeMap::new();
                inject(&mut hashed, destination);
                inject(&mut sorted, destination);
                assert_eq!(json!(hashed), json!(sorted));
                json!(sorted)
            }
            Self::Text => context_to_string(destination).map_or(json!("{}"), Value::String),
        }
    }

    /// What we read in the carrier of a peer.
    pub(crate) fn read(self, carrier: &Value, origin: Origin<'_>) -> Option<SpanContext> {
        match self {
            Self::Headers => extract(&headers(carrier), origin),
            Self::TextMap => {
                let sorted: BTreeMap<String, String> = texts(carrier);
                let hashed: HashMap<String, String> = sorted.clone().into_iter().collect();
                let context = extract(&sorted, origin);
                let is_beginning = context
                    .as_ref()
                    .is_some_and(|context| context.debug_id().is_some());
                // A trace that begins here has another id each time.
                assert!(is_beginning || context == extract(&hashed, origin));
                context
            }
            Self::Text => context_from_string(carrier.as_str().expect("a text"), origin),
        }
    }
}

/// The headers as they arrive; names that HTTP does not have cannot.
fn headers(carrier: &Value) -> HeaderMap {
    let texts = texts(carrier);
    let headers = texts.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value).expect("a value that HTTP has")))
    });
    headers.collect()
}

fn texts(carrier: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(carrier.clone()).expect("an object of texts")
}

/// A tracer with the same whitelist as the peers and no limit to what listed servers may sample.
pub(crate) fn tracer(sampled: bool) -> (Tracer, TracerGuard, MemoryReporter) {
    let memory = MemoryReporter::new();
    let unlimited = MaxRemoteSampledTraces {
        per_origin: f64::INFINITY,
        total: f64::INFINITY,
    };
    let (tracer, guard) = Tracer::builder("ours")
        .sampler(ConstSampler::new(sampled))
        .reporter(memory.clone())
        .homeserver_whitelist(Whitelist::new([LISTED]).expect("a whitelist"))
        .max_remote_sampled_traces_per_second(unlimited)
        .build()
        .expect("a tracer");
    (tracer, guard, memory)
}

/// Runs with a tracer that samples, and returns what it recorded as well.
pub(crate) fn traced<T>(run: impl FnOnce() -> T) -> (T, Vec<FinishedSpan>) {
    traced_with(true, run)
}

pub(crate) fn traced_with<T>(sampled: bool, run: impl FnOnce() -> T) -> (T, Vec<FinishedSpan>) {
    let (tracer, guard, memory) = tracer(sampled);
    let result = with_tracer(&tracer, run);
    guard.shutdown(Duration::from_secs(10)).expect("an end");
    (result, memory.finished_spans())
}

/// An active span of such a trace, as a worker has that was called by another one.
pub(crate) fn start(case: &Case) -> Scope {
    let flags = match case.decision {
        Decision::Forced => 0,
        other => other.flags(),
    };
    let context = (
        "uber-trace-id".to_owned(),
        format!("{:x}:1:0:{flags}", case.trace_id),
    );
    let baggage = case.baggage.iter();
    let carrier: BTreeMap<_, _> = baggage
        .map(|(key, value)| (format!("uberctx-{key}"), (*value).to_owned()))
        .chain([context])
        .collect();
    let scope = build_span("ours")
        .child_of(extract(&carrier, Origin::Internal))
        .start_active();
    if case.decision == Decision::Forced {
        force_tracing();
    }
    scope
}
