//! Zipkin's B3: a context in several headers, or in the single one `b3`.

use super::carrier::{Carrier, CarrierValue};
use super::decoded::{Decoded, Reading};
use crate::model::flags::TraceFlags;
use crate::model::id::hexadecimal;
use crate::model::trace_context::TraceContext;

pub(crate) const SINGLE: &str = "b3";
pub(crate) const PREFIX: &str = "x-b3-";

const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

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
    match carrier.get(SINGLE) {
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
        return match text.trim() {
            "0" | "1" | "d" => Reading::Absent,
            _ => Reading::Malformed,
        };
    };
    let flags = match fields.next() {
        None => None,
        Some("0") => Some(TraceFlags::NONE),
        Some("1") => Some(TraceFlags::SAMPLED),
        Some("d") => Some(TraceFlags::FORCED),
        Some(_) => return Reading::Malformed,
    };
    let parent = fields.next();
    if fields.next().is_some() || parent.is_some_and(|parent| hexadecimal(parent, 16).is_none()) {
        return Reading::Malformed;
    }
    Reading::of(ids(first, span_id, flags))
}

fn read_several<C: Carrier + ?Sized>(carrier: &C) -> Reading {
    let (trace_id, span_id) = match (carrier.get(TRACE_ID), carrier.get(SPAN_ID)) {
        (CarrierValue::Absent, CarrierValue::Absent) => return Reading::Absent,
        (CarrierValue::Text(trace_id), CarrierValue::Text(span_id)) => (trace_id.trim(), span_id.trim()),
        _ => return Reading::Malformed,
    };
    let sampled = match carrier.get(SAMPLED) {
        CarrierValue::Absent => None,
        CarrierValue::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Some(TraceFlags::SAMPLED),
            "0" | "false" => Some(TraceFlags::NONE),
            _ => return Reading::Malformed,
        },
        CarrierValue::Unreadable => return Reading::Malformed,
    };
    let flags = match carrier.get(FLAGS) {
        CarrierValue::Text(text) if text.trim() == "1" => Some(TraceFlags::FORCED),
        CarrierValue::Text(_) | CarrierValue::Absent => sampled,
        CarrierValue::Unreadable => return Reading::Malformed,
    };
    Reading::of(ids(trace_id, span_id, flags))
}

fn ids(trace_id: &str, span_id: &str, flags: Option<TraceFlags>) -> Option<Decoded> {
    Some(Decoded {
        trace_id: trace_id.parse().ok()?,
        span_id: span_id.parse().ok()?,
        flags,
    })
}
