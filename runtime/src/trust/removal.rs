//! Removal of trace headers, ours and those of other tracing systems.

use super::parties::Destination;
use super::rules::PropagationRules;
use crate::codec::carrier::Carrier;
use crate::codec::header_names::{
    BAGGAGE_PREFIX, HeaderNames, JAEGER_BAGGAGE, JAEGER_DEBUG_ID, SYNAPSE_TRACE_ID, UBER_TRACE_ID,
    baggage_key,
};
use crate::codec::propagation::Propagation;
use crate::codec::{b3, w3c};
use crate::util::letter::place;

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
    let ours = Ours::of(rules);
    let keep_foreign = destination == Destination::Internal;
    let is_written = |propagation| !keep_foreign || rules.propagation.contains(&propagation);
    let (w3c, b3) = (is_written(Propagation::W3c), is_written(Propagation::B3));
    carrier.remove_if(&mut |name| {
        ours.has(name)
            || (w3c && is_one_of(name, &[w3c::TRACEPARENT, w3c::TRACESTATE]))
            || (b3 && (name.eq_ignore_ascii_case(b3::SINGLE) || has_prefix(name, b3::PREFIX)))
            || (!keep_foreign && is_foreign(name))
    });
}

/// The names that we write whatever is configured, and those that are.
struct Ours<'a> {
    rules: &'a PropagationRules,
    /// The first letters of all of them: a bit for each. Most headers begin with another one.
    letters: u32,
}

impl<'a> Ours<'a> {
    fn of(rules: &'a PropagationRules) -> Self {
        const FIXED: u32 = first_letter(UBER_TRACE_ID)
            | first_letter(BAGGAGE_PREFIX)
            | first_letter(JAEGER_DEBUG_ID)
            | first_letter(JAEGER_BAGGAGE)
            | first_letter(SYNAPSE_TRACE_ID);
        let names = &rules.names;
        let letters = FIXED
            | first_letter(&names.trace_context)
            | first_letter(&names.baggage_prefix)
            | first_letter(&names.debug_id)
            | first_letter(&rules.trace_id_header);
        Self { rules, letters }
    }

    fn has(&self, name: &str) -> bool {
        self.letters & first_letter(name) != 0
            && (is_jaeger_name(name, &HeaderNames::JAEGER)
                || is_jaeger_name(name, &self.rules.names)
                || is_one_of(name, &[SYNAPSE_TRACE_ID, &self.rules.trace_id_header]))
    }
}

/// A bit for the first letter of a name, in either case. What is empty may begin any name.
const fn first_letter(name: &str) -> u32 {
    match name.as_bytes().first() {
        Some(letter) => 1 << place(*letter),
        None => u32::MAX,
    }
}

fn is_jaeger_name(name: &str, names: &HeaderNames) -> bool {
    is_one_of(name, &[&names.trace_context, &names.debug_id, JAEGER_BAGGAGE])
        || has_prefix(name, &names.baggage_prefix)
}

/// For each first letter, the systems that write names with it: a bit for each of at most 32.
const SYSTEMS_BY_FIRST_LETTER: [u32; 32] = {
    let mut table = [0; 32];
    let mut index = 0;
    let mut systems: &[(&str, &[&str])] = &FOREIGN_NAMES;
    while let Some(((_, names), others)) = systems.split_first() {
        let mut names = *names;
        while let Some((name, rest)) = names.split_first() {
            if let Some(letter) = name.as_bytes().first() {
                // The place is below 32, and so is the index, or this does not compile.
                #[allow(clippy::indexing_slicing)]
                {
                    table[place(*letter)] |= 1_u32 << index;
                }
            }
            names = rest;
        }
        index += 1;
        systems = others;
    }
    table
};

fn is_foreign(name: &str) -> bool {
    // The list is long, and most headers begin with another letter.
    let letter = name.as_bytes().first().map_or(0, |letter| place(*letter));
    let mut candidates = SYSTEMS_BY_FIRST_LETTER.get(letter).copied().unwrap_or(0);
    while candidates != 0 {
        let system = FOREIGN_NAMES.get(candidates.trailing_zeros() as usize);
        let names = system.map_or(&[][..], |(_, names)| names);
        if names.iter().any(|foreign| is_named(name, foreign)) {
            return true;
        }
        candidates &= candidates - 1;
    }
    false
}

fn is_named(name: &str, foreign: &str) -> bool {
    match foreign.strip_suffix('*') {
        Some(prefix) => has_prefix(name, prefix),
        None => name.eq_ignore_ascii_case(foreign),
    }
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    baggage_key(name, prefix).is_some()
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}
