use std::borrow::Cow;

use super::family::{JAEGER_BAGGAGE, JAEGER_DEBUG_ID, UBER_TRACE_ID, baggage_key};
use super::{Carrier, CarrierValue, Format, Origin, PropagationRules, jaeger, percent};
use crate::baggage::Baggage;
use crate::context::{Beginning, SpanContext};
use crate::flags::TraceFlags;
use crate::id::{SpanId, TraceId};

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
    /// A debug id came from somebody else than our own processes.
    DebugId,
    /// A listed homeserver has spent its budget of sampled contexts. The context itself was taken.
    OverBudget,
}

/// The context in the carrier, as far as we believe its origin. Calls `rejected` once for each reason why
/// something was left behind. Never fails: what cannot be read is no context.
pub(crate) fn extract_context<C: Carrier + ?Sized>(
    carrier: &C,
    origin: Origin<'_>,
    rules: &PropagationRules,
    rejected: &dyn Fn(Rejection),
) -> Option<SpanContext> {
    if origin == Origin::Internal {
        return from_internal(carrier, rejected);
    }
    if carrier.get(JAEGER_DEBUG_ID) != CarrierValue::Absent {
        rejected(Rejection::DebugId);
    }
    let value = carrier.get(UBER_TRACE_ID);
    if value == CarrierValue::Absent {
        drop_baggage(carrier, rejected);
        return None;
    }
    let believed_flags = match believed_flags(origin, rules) {
        Ok(flags) => flags,
        Err(rejection) => {
            rejected(rejection);
            return None;
        }
    };
    let Some((trace_id, span_id, flags)) = decode(value, carrier.format()) else {
        rejected(Rejection::DecodingError);
        return None;
    };
    drop_baggage(carrier, rejected);
    Some(SpanContext::remote(
        trace_id,
        span_id,
        flags.intersection(believed_flags),
    ))
}

/// All that is there. Without a span to continue, a debug id or baggage asks for a trace that begins here.
fn from_internal<C: Carrier + ?Sized>(carrier: &C, rejected: &dyn Fn(Rejection)) -> Option<SpanContext> {
    let value = carrier.get(UBER_TRACE_ID);
    let decoded = decode(value, carrier.format());
    let debug_id = match decoded {
        Some(_) => None,
        None => debug_id(carrier),
    };
    if decoded.is_none() && value != CarrierValue::Absent {
        rejected(Rejection::DecodingError);
        debug_id.as_ref()?;
    }
    let (baggage, dropped) = read_baggage(carrier);
    if dropped > 0 {
        rejected(Rejection::Baggage(dropped));
    }
    let mut context = match (decoded, debug_id) {
        (Some((trace_id, span_id, flags)), _) => {
            SpanContext::remote(trace_id, span_id, flags.intersection(jaeger::KNOWN_FLAGS))
        }
        (None, Some(debug_id)) => SpanContext::beginning(Beginning::Debug(debug_id.into())),
        (None, None) if baggage.is_empty() => return None,
        (None, None) => SpanContext::beginning(Beginning::Baggage),
    };
    context.baggage = baggage;
    Some(context)
}

fn decode(value: CarrierValue<'_>, format: Format) -> Option<(TraceId, SpanId, TraceFlags)> {
    match value {
        CarrierValue::Text(text) => jaeger::decode(text, format),
        CarrierValue::Absent | CarrierValue::Unreadable => None,
    }
}

fn debug_id<C: Carrier + ?Sized>(carrier: &C) -> Option<Cow<'_, str>> {
    let CarrierValue::Text(text) = carrier.get(JAEGER_DEBUG_ID) else {
        return None;
    };
    unescaped(text, carrier.format()).filter(|id| !id.is_empty())
}

fn unescaped(text: &str, format: Format) -> Option<Cow<'_, str>> {
    match format {
        Format::HttpHeaders => percent::decode(text),
        Format::TextMap => Some(Cow::Borrowed(text)),
    }
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
                unescaped(text, carrier.format()).is_some_and(|value| baggage.insert(key, &value))
            }
            CarrierValue::Absent | CarrierValue::Unreadable => false,
        };
        dropped += usize::from(!taken);
    });
    let by_hand = match carrier.get(JAEGER_BAGGAGE) {
        CarrierValue::Absent => return (baggage, dropped),
        CarrierValue::Text(text) => unescaped(text, carrier.format()),
        CarrierValue::Unreadable => None,
    };
    let Some(by_hand) = by_hand else {
        return (baggage, dropped + 1);
    };
    for item in by_hand.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let taken = match item.split_once('=') {
            Some((key, value)) if !value.contains('=') => baggage.insert(key.trim(), value.trim()),
            _ => false,
        };
        dropped += usize::from(!taken);
    }
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
