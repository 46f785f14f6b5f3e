//! Values of baggage in HTTP headers, as the Jaeger clients write and read them.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes all but letters, digits and `-_.~`.
pub(crate) fn encode(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_unreserved) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Cow::Owned(encoded)
}

/// The text that was escaped, or `None` if it is not UTF-8. A `%` that does not start an escape is kept.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after_first)) = rest.split_first() {
        let (byte, after) = match (first, after_first) {
            // The Go and Java clients write a space like this; all clients escape a real plus.
            (b'+', _) => (b' ', after_first),
            (b'%', [high, low, after @ ..]) => match byte(*high, *low) {
                Some(byte) => (byte, after),
                None => (first, after_first),
            },
            _ => (first, after_first),
        };
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

/// The byte that two hexadecimal digits stand for.
pub(crate) fn byte(high: u8, low: u8) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
