//! `traceparent` and `tracestate` of the W3C's Trace Context.

use super::decoded_context::DecodedContext;
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId, hexadecimal};
use crate::model::trace_context::TraceContext;

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";

/// The length in version 00, the only version that we write.
const LENGTH: usize = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".len();

const MAX_MEMBERS: usize = 32;
const MAX_PART: usize = 256;

/// The text of a context. Of its flags, the format has only "sampled".
pub(crate) fn encode(context: &TraceContext) -> String {
    format!(
        "00-{:032x}-{}-{:02x}",
        context.trace_id,
        context.span_id,
        context.flags.intersection(TraceFlags::SAMPLED).bits()
    )
}

/// The context in a text. Of an unknown version, the part that version 00 defines is read.
pub(crate) fn decode(text: &str) -> Option<DecodedContext> {
    let (known, rest) = text.trim().split_at_checked(LENGTH)?;
    let mut fields = known.split('-');
    let version = digits(fields.next()?, 2)?;
    let is_whole = rest.is_empty() || (version > 0 && rest.starts_with('-'));
    if version == 0xff || !is_whole {
        return None;
    }
    let trace_id = TraceId::new(digits(fields.next()?, 32)?)?;
    let span_id = SpanId::new(u64::try_from(digits(fields.next()?, 16)?).ok()?)?;
    let flags = u8::try_from(digits(fields.next()?, 2)?).ok()?;
    fields.next().is_none().then_some(DecodedContext {
        trace_id,
        span_id,
        flags: Some(TraceFlags::from_bits(flags).intersection(TraceFlags::SAMPLED)),
    })
}

/// The number that `text` is in exactly `count` lower-case digits.
fn digits(text: &str, count: usize) -> Option<u128> {
    let is_lower = text.len() == count && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    is_lower.then(|| hexadecimal(text, count)).flatten()
}

/// The members of a `tracestate`, without what else is between them. `None` if it must not be passed on: there are at most 32
/// members of at most 256 bytes on each side, so that the size is bounded.
pub(crate) fn tracestate(text: &str) -> Option<String> {
    let all = || text.split(',').map(|member| member.trim_matches([' ', '\t']));
    // Empty members are allowed, and a sender may write many of them.
    if all().nth(2 * MAX_MEMBERS).is_some() {
        return None;
    }
    let members: Vec<_> = all().filter(|member| !member.is_empty()).collect();
    let is_unique = |nth: usize, key: &str| {
        let mut earlier = members
            .iter()
            .take(nth)
            .filter_map(|member| member.split_once('='));
        !earlier.any(|(other, _)| other == key)
    };
    let is_valid = (1..=MAX_MEMBERS).contains(&members.len())
        && members.iter().enumerate().all(|(nth, member)| {
            member
                .split_once('=')
                .is_some_and(|(key, value)| is_key(key) && is_value(value) && is_unique(nth, key))
        });
    is_valid.then(|| members.join(","))
}

fn is_key(key: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_later = |byte: u8| is_first(byte) || b"_-*/@".contains(&byte);
    key.len() <= MAX_PART
        && key.bytes().next().is_some_and(is_first)
        && key.bytes().all(is_later)
        && key.matches('@').count() <= 1
}

fn is_value(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= MAX_PART
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !b",=".contains(&byte))
}
