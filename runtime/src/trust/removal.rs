//! Removal of trace headers, ours and those of other tracing systems.

use super::parties::Destination;
use super::rules::PropagationRules;
use crate::codec::carrier::Carrier;
use crate::codec::header_names::{HeaderNames, JAEGER_BAGGAGE, SYNAPSE_TRACE_ID, baggage_key};
use crate::codec::propagation::Propagation;
use crate::codec::{b3, w3c};

/// The headers that only other tracing systems write, by system. A name that ends with `*` is a prefix.
/// docs/federation.md has the same table.
pub(super) const FOREIGN_NAMES: [(&str, &[&str]); 17] = [
    ("AWS X-Ray", &["x-amzn-trace-id"]),
    ("Datadog", &["x-datadog-*"]),
    ("Dynatrace", &["x-dynatrace"]),
    ("Elastic APM", &["elastic-apm-traceparent"]),
    ("Google Cloud Trace", &["x-cloud-trace-context"]),
    ("Honeycomb", &["x-honeycomb-trace"]),
    ("Instana", &["x-instana-*"]),
    ("Jaeger baggage with B3", &["baggage-*"]),
    ("LightStep, Envoy", &["x-ot-span-context"]),
    ("New Relic", &["newrelic", "x-newrelic-*"]),
    ("OpenCensus", &["grpc-trace-bin", "grpc-tags-bin"]),
    ("OpenTelemetry before W3C Baggage", &["correlation-context"]),
    ("OpenTracing, LightStep", &["ot-*"]),
    ("Sentry", &["sentry-trace"]),
    ("SkyWalking", &["sw8", "sw8-*"]),
    ("W3C Baggage", &["baggage"]),
    ("W3C Trace Context, responses", &["traceresponse"]),
];

/// Removes every header that the destination must not get from us, whoever wrote it.
///
/// Our own processes may speak other tracing formats among themselves, so for them only the names that we write
/// are removed.
pub(crate) fn remove_trace_headers<C: Carrier + ?Sized>(
    carrier: &mut C,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    let keep_foreign = destination == Destination::Internal;
    let is_written = |propagation| !keep_foreign || rules.propagation.contains(&propagation);
    let (w3c, b3) = (is_written(Propagation::W3c), is_written(Propagation::B3));
    carrier.remove_if(&mut |name| {
        is_jaeger_name(name, &HeaderNames::JAEGER)
            || is_jaeger_name(name, &rules.names)
            || is_one_of(name, &[SYNAPSE_TRACE_ID, &rules.trace_id_header])
            || (w3c && is_one_of(name, &[w3c::TRACEPARENT, w3c::TRACESTATE]))
            || (b3 && (name.eq_ignore_ascii_case(b3::SINGLE) || has_prefix(name, b3::PREFIX)))
            || (!keep_foreign && is_foreign(name))
    });
}

fn is_jaeger_name(name: &str, names: &HeaderNames) -> bool {
    is_one_of(name, &[&names.trace_context, &names.debug_id, JAEGER_BAGGAGE])
        || has_prefix(name, &names.baggage_prefix)
}

fn is_foreign(name: &str) -> bool {
    let first = |name: &str| name.as_bytes().first().map(u8::to_ascii_lowercase);
    let first_here = first(name);
    let mut names = FOREIGN_NAMES.iter().flat_map(|(_, names)| *names);
    // The table is long, and most headers begin with another letter.
    names.any(|foreign| {
        first(foreign) == first_here
            && match foreign.strip_suffix('*') {
                Some(prefix) => has_prefix(name, prefix),
                None => name.eq_ignore_ascii_case(foreign),
            }
    })
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    baggage_key(name, prefix).is_some()
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}
