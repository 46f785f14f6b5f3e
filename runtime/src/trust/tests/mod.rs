//! Tests of contexts on both sides of a message, and their helpers.

mod b3;
mod budget;
mod formats;
mod incoming;
#[cfg(feature = "rustracing")]
mod interop;
mod opentelemetry_interop;
mod outgoing;
pub(crate) mod properties;
mod removal;
mod w3c;

use std::cell::RefCell;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::extract::extract_context;
use super::parties::{Destination, Origin};
use super::rejection::Rejection;
use super::rules::PropagationRules;
use super::whitelist::list::Whitelist;
use crate::codec::carrier::Carrier;
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::trace_context::TraceContext;
use crate::tracer::span_context::SpanContext;

pub(crate) const LISTED: Destination<'_> = Destination::Homeserver("sub.trusted.example:8448");
pub(crate) const UNLISTED: Destination<'_> = Destination::Homeserver("trusted.example.evil.example");
pub(crate) const FROM_LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("Trusted.example");
pub(crate) const FROM_UNLISTED: Origin<'_> = Origin::AuthenticatedHomeserver("evil.example");

pub(crate) const FAMILY: [&str; 14] = [
    "uber-trace-id",
    "uberctx-",
    "uberctx-synapse-force-tracing",
    "jaeger-debug-id",
    "jaeger-baggage",
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-",
    "x-b3-traceid",
    "x-b3-flags",
    "sentry-trace",
    "synapse-trace-id",
];

pub(crate) fn rules() -> PropagationRules {
    PropagationRules {
        whitelist: Whitelist::new(["trusted.example"]).unwrap(),
        ..PropagationRules::default()
    }
}

pub(crate) fn context(flags: u8, baggage: &[(&str, &str)]) -> TraceContext {
    let mut context = TraceContext::remote(
        TraceId::new(0xabc).unwrap(),
        SpanId::new(0xde).unwrap(),
        TraceFlags::from_bits(flags),
    );
    for (key, value) in baggage {
        context.baggage = context.baggage.with(key, value).unwrap();
    }
    context
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            value.parse().unwrap(),
        );
    }
    headers
}

pub(crate) fn texts(headers: &HeaderMap) -> BTreeMap<&str, &str> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect()
}

pub(crate) fn extract<C: Carrier>(carrier: &C, origin: Origin<'_>) -> (Option<SpanContext>, Vec<Rejection>) {
    let rejections = RefCell::new(Vec::new());
    let context = extract_context(carrier, origin, &rules(), &|rejection| {
        rejections.borrow_mut().push(rejection);
    });
    (
        context.map(|extracted| extracted.context.into()),
        rejections.into_inner(),
    )
}

/// Headers with every trace header, and two other headers.
pub(crate) fn crowded() -> HeaderMap {
    let mut headers = headers(&[("content-type", "a/b"), ("x-b4-traceid", "1")]);
    for name in FAMILY {
        headers.append(name, HeaderValue::from_static("theirs"));
        headers.append(name, HeaderValue::from_static("again"));
    }
    headers
}
