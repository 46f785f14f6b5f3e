//! `uber-trace-id`: `{trace-id}:{span-id}:{parent-span-id}:{flags}`, all in hexadecimal digits.

use std::borrow::Cow;
use std::fmt::Write;

use super::carrier::Format;
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId, hexadecimal};
use crate::model::trace_context::TraceContext;

/// The flags that have a meaning. One digit, so that clients that read it as decimal agree up to 9.
pub(crate) const KNOWN_FLAGS: TraceFlags = TraceFlags::from_bits(0x0f);

/// Longer than any context, fully escaped and with some white space around it.
const MAX_LENGTH: usize = 128;

/// The text of a context, with the flags that are in `mask`.
pub(crate) fn encode(context: &TraceContext, mask: TraceFlags) -> String {
    let trace_id_digits = if context.trace_id.high() == 0 { 16 } else { 32 };
    let mut text = String::with_capacity(trace_id_digits + ":".len() + 16 + ":0:f".len());
    let flags = context.flags.intersection(mask).intersection(KNOWN_FLAGS);
    // The parent id is deprecated, and every client accepts 0. Writing to a string cannot fail.
    let _ = write!(
        text,
        "{}:{}:0:{:x}",
        context.trace_id,
        context.span_id,
        flags.bits()
    );
    text
}

/// The ids and flags in a text, or `None` if it is not a context.
pub(crate) fn decode(text: &str, format: Format) -> Option<(TraceId, SpanId, TraceFlags)> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let text = text.trim();
    // Old Java clients and some proxies escape the colons.
    let text = match format {
        Format::HttpHeaders if text.contains('%') => Cow::Owned(text.replace("%3A", ":").replace("%3a", ":")),
        _ => Cow::Borrowed(text),
    };
    let mut fields = text.split(':');
    let trace_id = fields.next()?.parse().ok()?;
    let span_id = fields.next()?.parse().ok()?;
    hexadecimal(fields.next()?, 16)?;
    let flags = u8::try_from(hexadecimal(fields.next()?, 2)?).ok()?;
    fields
        .next()
        .is_none()
        .then_some((trace_id, span_id, TraceFlags::from_bits(flags)))
}
