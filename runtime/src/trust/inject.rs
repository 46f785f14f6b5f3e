//! Writing of outgoing contexts, as far as their destination may have them.

use std::borrow::Cow;

use super::parties::Destination;
use super::removal::remove_trace_headers;
use super::rules::{PropagationRules, Writing};
use crate::codec::carrier::{Carrier, Format};
use crate::codec::header_names::HeaderNames;
use crate::codec::propagation::Propagation;
use crate::codec::w3c;
use crate::model::baggage::Baggage;
use crate::model::id::TraceId;
use crate::model::trace_context::TraceContext;
use crate::util::percent;

/// Writes what the destination may know into the carrier: first removes all trace headers, then adds the
/// context, if there is one and the destination may have it.
///
/// It must also be called without a context, and when tracing is off: a forwarded request may contain headers
/// that another system wrote.
pub(crate) fn inject_context<C: Carrier + ?Sized>(
    carrier: &mut C,
    context: Option<&TraceContext>,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    remove_trace_headers(carrier, destination, rules);
    write_context(carrier, context, destination, rules, rules.writing());
}

/// The same in Jaeger's format, whatever is configured, for text that may be read much later or by Synapse.
#[cfg(feature = "json")]
pub(crate) fn inject_stored_context<C: Carrier + ?Sized>(
    carrier: &mut C,
    context: &TraceContext,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    remove_trace_headers(carrier, destination, rules);
    write_context(carrier, Some(context), destination, rules, Writing::STORED);
}

fn write_context<C: Carrier + ?Sized>(
    carrier: &mut C,
    context: Option<&TraceContext>,
    destination: Destination<'_>,
    rules: &PropagationRules,
    Writing {
        propagation, names, ..
    }: Writing<'_>,
) {
    let Some(context) = context.filter(|context| context.seed.is_none()) else {
        return;
    };
    let Some(mask) = rules.flags_told_to(destination) else {
        return;
    };
    for propagation in propagation {
        propagation.write(carrier, context, mask, names);
    }
    // What belongs to every format is not sent without one.
    if destination == Destination::Internal && !propagation.is_empty() {
        if let (Some(state), true) = (
            context.baggage.tracestate(),
            propagation.contains(&Propagation::W3c),
        ) {
            carrier.set(w3c::TRACESTATE, state.to_owned());
        }
        set_baggage(carrier, &context.baggage, names);
    }
}

/// The same for the headers of a response, which contain only the trace id.
pub(crate) fn inject_trace_id_header<C: Carrier + ?Sized>(
    carrier: &mut C,
    trace_id: Option<TraceId>,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    remove_trace_headers(carrier, destination, rules);
    if let Some(trace_id) = trace_id.filter(|_| rules.tells_trace_id_to(destination)) {
        // Not padded, as Synapse writes it.
        carrier.set(&rules.trace_id_header, format!("{trace_id:x}"));
    }
}

fn set_baggage<C: Carrier + ?Sized>(carrier: &mut C, baggage: &Baggage, names: &HeaderNames) {
    for (key, value) in baggage.iter() {
        let value = match carrier.format() {
            Format::HttpHeaders => percent::encode(value),
            Format::TextMap => Cow::Borrowed(value),
        };
        carrier.set(&format!("{}{key}", names.baggage_prefix), value.into_owned());
    }
}
