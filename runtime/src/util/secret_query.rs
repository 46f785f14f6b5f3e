//! The values of secrets in the queries of URLs.

use std::borrow::Cow;

use super::secret_names::is_secret;
use super::text::REDACTED;
use super::words::{has_words, words};

/// A URL in which the values of secrets in the query are redacted.
#[cfg(feature = "tracing")]
pub(crate) fn redacted(url: &str) -> Cow<'_, str> {
    let Some((path, query)) = url.split_once('?') else {
        return Cow::Borrowed(url);
    };
    let mut shown = String::with_capacity(url.len());
    shown.push_str(path);
    for (index, pair) in query.split('&').enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        push_pair(&mut shown, pair, &[]);
    }
    Cow::Owned(shown)
}

/// A part of a query, or a segment of a path, where some servers take `name=value` too.
pub(crate) fn push_pair(shown: &mut String, pair: &str, secrets: &[String]) {
    match pair.split_once('=') {
        Some((name, _)) if is_hidden(&decoded(name), secrets) => {
            shown.push_str(name);
            shown.push('=');
            shown.push_str(REDACTED);
        }
        _ => shown.push_str(pair),
    }
}

pub(crate) fn is_hidden(name: &str, secrets: &[String]) -> bool {
    is_secret(name)
        || secrets
            .iter()
            .any(|secret| has_words(&words(name), &words(secret)))
}

/// A name without percent-encoding: a secret may hide behind it. Who encodes it twice is not understood by servers either.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let code = (first == b'%').then(|| others.get(..2)).flatten();
        let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = others
            .get(if byte.is_some() { 2 } else { 0 }..)
            .unwrap_or_default();
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}
