//! Zipkin's B3: a context in several headers, or in the single one `b3`.

use super::carrier::{Carrier, CarrierValue, single};
use super::decoded_context::{DecodedContext, Reading};
use crate::model::flags::TraceFlags;
use crate::model::id::hexadecimal;
use crate::model::trace_context::TraceContext;

pub(crate) const SINGLE: &str = "b3";
pub(crate) const PREFIX: &str = "x-b3-";

const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// All headers that begin with [`PREFIX`].
pub(crate) const SEVERAL: [&str; 5] = [TRACE_ID, SPAN_ID, SAMPLED, FLAGS, "x-b3-parentspanid"];

/// Longer than any context in the single header, including some white space around it.
const MAX_LENGTH: usize = 128;

pub(crate) fn write<C: Carrier + ?Sized>(carrier: &mut C, context: &TraceContext, mask: TraceFlags) {
    let flags = context.flags.intersection(mask);
    carrier.set(TRACE_ID, context.trace_id.to_string());
    carrier.set(SPAN_ID, context.span_id.to_string());
    // Debug implies sampled, but Jaeger's clients for Go and Python look for this one.
    let sampled = if flags.is_sampled() { "1" } else { "0" };
    carrier.set(SAMPLED, sampled.to_owned());
    if flags.contains(TraceFlags::FORCED) {
        carrier.set(FLAGS, "1".to_owned());
    }
}

pub(crate) fn read<C: Carrier + ?Sized>(carrier: &C) -> Reading {
    match single(carrier, SINGLE) {
        CarrierValue::Absent => read_several(carrier),
        CarrierValue::Unreadable => Reading::Malformed,
        CarrierValue::Text(text) => decode(text),
    }
}

/// Reads `{trace id}-{span id}-{state}-{parent span id}`, of which the last two may be missing, or a state
/// alone, which does not name a span.
fn decode(text: &str) -> Reading {
    if text.len() > MAX_LENGTH {
        return Reading::Malformed;
    }
    let mut fields = text.trim().split('-');
    let (Some(first), Some(span_id)) = (fields.next(), fields.next()) else {
        return state(text.trim()).map_or(Reading::Malformed, Reading::Decision);
    };
    let flags = fields.next().map(state);
    if flags == Some(None) {
        return Reading::Malformed;
    }
    let parent = fields.next();
    if fields.next().is_some() || parent.is_some_and(|parent| hexadecimal(parent, 16).is_none()) {
        return Reading::Malformed;
    }
    Reading::of(ids(first, span_id, flags.flatten()))
}

fn state(text: &str) -> Option<TraceFlags> {
    match text {
        "0" => Some(TraceFlags::NONE),
        "1" => Some(TraceFlags::SAMPLED),
        "d" => Some(TraceFlags::FORCED),
        _ => None,
    }
}

fn read_several<C: Carrier + ?Sized>(carrier: &C) -> Reading {
    let Ok(flags) = flags_of_several(carrier) else {
        return Reading::Malformed;
    };
    match (single(carrier, TRACE_ID), single(carrier, SPAN_ID)) {
        (CarrierValue::Absent, CarrierValue::Absent) => flags.map_or(Reading::Absent, Reading::Decision),
        (CarrierValue::Text(trace_id), CarrierValue::Text(span_id)) => {
            Reading::of(ids(trace_id.trim(), span_id.trim(), flags))
        }
        _ => Reading::Malformed,
    }
}

/// The flags in several headers; `None` if the decision is left to us.
fn flags_of_several<C: Carrier + ?Sized>(carrier: &C) -> Result<Option<TraceFlags>, Malformed> {
    let sampled = match single(carrier, SAMPLED) {
        CarrierValue::Absent => None,
        CarrierValue::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Some(TraceFlags::SAMPLED),
            "0" | "false" => Some(TraceFlags::NONE),
            _ => return Err(Malformed),
        },
        CarrierValue::Unreadable => return Err(Malformed),
    };
    match single(carrier, FLAGS) {
        CarrierValue::Text(text) if text.trim() == "1" => Ok(Some(TraceFlags::FORCED)),
        CarrierValue::Text(_) | CarrierValue::Absent => Ok(sampled),
        CarrierValue::Unreadable => Err(Malformed),
    }
}

/// A value that does not follow the grammar.
struct Malformed;

fn ids(trace_id: &str, span_id: &str, flags: Option<TraceFlags>) -> Option<DecodedContext> {
    Some(DecodedContext {
        trace_id: trace_id.parse().ok()?,
        span_id: span_id.parse().ok()?,
        flags,
    })
}
