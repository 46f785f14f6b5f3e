use std::borrow::Cow;

use super::family::{BAGGAGE_PREFIX, UBER_TRACE_ID, remove_family};
use super::{Carrier, Destination, Format, PropagationRules, jaeger, percent};
use crate::baggage::Baggage;
use crate::context::SpanContext;
use crate::flags::TraceFlags;
use crate::id::TraceId;

/// Makes the carrier say what the destination may know: first removes all that tracing systems write, then adds
/// the context, if there is one and the destination may have it.
///
/// Must also be called when there is no context, and when tracing is off: a request that is passed on may hold
/// what somebody else wrote.
pub(crate) fn inject_context<C: Carrier + ?Sized>(
    carrier: &mut C,
    context: Option<&SpanContext>,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    remove_family(carrier, destination, rules);
    let Some(context) = context.filter(|context| context.beginning.is_none()) else {
        return;
    };
    match destination {
        Destination::Internal => {
            carrier.set(UBER_TRACE_ID, jaeger::encode(context, jaeger::KNOWN_FLAGS));
            set_baggage(carrier, context.baggage());
        }
        Destination::Homeserver(server_name) if rules.whitelist.allows(server_name) => {
            carrier.set(UBER_TRACE_ID, jaeger::encode(context, TraceFlags::SAMPLED));
        }
        Destination::Homeserver(_) | Destination::Client | Destination::ThirdParty => {}
    }
}

/// The same for the headers of a response, which tell no more than the trace id.
pub(crate) fn inject_trace_id_header<C: Carrier + ?Sized>(
    carrier: &mut C,
    trace_id: Option<TraceId>,
    destination: Destination<'_>,
    rules: &PropagationRules,
) {
    remove_family(carrier, destination, rules);
    let may_know = match destination {
        Destination::Internal => true,
        Destination::Client => rules.client_trace_id,
        Destination::Homeserver(_) | Destination::ThirdParty => false,
    };
    if let Some(trace_id) = trace_id.filter(|_| may_know) {
        // Not padded, as Synapse writes it.
        carrier.set(&rules.trace_id_header, format!("{trace_id:x}"));
    }
}

fn set_baggage<C: Carrier + ?Sized>(carrier: &mut C, baggage: &Baggage) {
    for (key, value) in baggage.iter() {
        let value = match carrier.format() {
            Format::HttpHeaders => percent::encode(value),
            Format::TextMap => Cow::Borrowed(value),
        };
        carrier.set(&format!("{BAGGAGE_PREFIX}{key}"), value.into_owned());
    }
}
