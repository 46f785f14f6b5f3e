use std::borrow::Cow;

use super::family::{JAEGER_BAGGAGE, UBER_TRACE_ID, baggage_key};
use super::{Carrier, CarrierValue, Format, Origin, PropagationRules, jaeger, percent};
use crate::baggage::Baggage;
use crate::context::SpanContext;
use crate::flags::TraceFlags;

/// Why something that came in was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The context does not follow the grammar, or there are several.
    DecodingError,
    /// The context came from a homeserver that is not on the whitelist.
    UnlistedOrigin,
    /// The context came from a client.
    FromClient,
    /// This many items of baggage came from another server, could not be read or passed a bound. The context
    /// itself was taken.
    Baggage(usize),
}

/// The context in the carrier, as far as we believe its origin. Calls `rejected` once for each reason why
/// something was left behind. Never fails: what cannot be read is no context.
pub(crate) fn extract_context<C: Carrier + ?Sized>(
    carrier: &C,
    origin: Origin<'_>,
    rules: &PropagationRules,
    rejected: &dyn Fn(Rejection),
) -> Option<SpanContext> {
    let value = carrier.get(UBER_TRACE_ID);
    if value == CarrierValue::Absent {
        if origin != Origin::Internal {
            drop_baggage(carrier, rejected);
        }
        return None;
    }
    let believed_flags = match believed_flags(origin, rules) {
        Ok(flags) => flags,
        Err(rejection) => {
            rejected(rejection);
            return None;
        }
    };
    let decoded = match value {
        CarrierValue::Text(text) => jaeger::decode(text, carrier.format()),
        CarrierValue::Absent | CarrierValue::Unreadable => None,
    };
    let Some((trace_id, span_id, flags)) = decoded else {
        rejected(Rejection::DecodingError);
        return None;
    };
    let mut context = SpanContext::remote(trace_id, span_id, flags.intersection(believed_flags));
    if origin == Origin::Internal {
        let (baggage, dropped) = read_baggage(carrier);
        context.baggage = baggage;
        if dropped > 0 {
            rejected(Rejection::Baggage(dropped));
        }
    } else {
        drop_baggage(carrier, rejected);
    }
    Some(context)
}

/// The flags that are taken from this origin, or why no context is.
pub(super) fn believed_flags(origin: Origin<'_>, rules: &PropagationRules) -> Result<TraceFlags, Rejection> {
    match origin {
        Origin::Internal => Ok(jaeger::KNOWN_FLAGS),
        Origin::AuthenticatedHomeserver(name) if rules.whitelist.allows(name) => Ok(TraceFlags::SAMPLED),
        Origin::AuthenticatedHomeserver(_) => Err(Rejection::UnlistedOrigin),
        Origin::Client => Err(Rejection::FromClient),
    }
}

/// The baggage in the carrier, and how many items could not be taken.
fn read_baggage<C: Carrier + ?Sized>(carrier: &C) -> (Baggage, usize) {
    let mut baggage = Baggage::default();
    let mut dropped = 0;
    carrier.for_each(&mut |name, value| {
        let Some(key) = baggage_key(name) else { return };
        let taken = match value {
            CarrierValue::Text(text) => {
                let value = match carrier.format() {
                    Format::HttpHeaders => percent::decode(text),
                    Format::TextMap => Some(Cow::Borrowed(text)),
                };
                value.is_some_and(|value| baggage.insert(key, &value))
            }
            CarrierValue::Absent | CarrierValue::Unreadable => false,
        };
        dropped += usize::from(!taken);
    });
    (baggage, dropped)
}

/// Takes no baggage, and counts what is there.
fn drop_baggage<C: Carrier + ?Sized>(carrier: &C, rejected: &dyn Fn(Rejection)) {
    let mut count = 0;
    carrier.for_each(&mut |name, _| {
        let is_baggage = baggage_key(name).is_some() || name.eq_ignore_ascii_case(JAEGER_BAGGAGE);
        count += usize::from(is_baggage);
    });
    if count > 0 {
        rejected(Rejection::Baggage(count));
    }
}
