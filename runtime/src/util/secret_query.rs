//! The values of secrets in the queries of URLs.

use std::borrow::Cow;

use super::secret_names::{FirstWords, is_secret};
use super::text::REDACTED;
use super::words::{has_words, words};

/// Names of secrets in queries, as words of whole names. Elsewhere they are harmless: `code` may be a status.
const WHOLE_NAMES: &[&[&str]] = &[
    &["code"],
    &["auth", "code"],
    &["device", "code"],
    &["user", "code"],
    &["code", "verifier"],
    &["state"],
    &["nonce"],
    &["ticket"],
    &["sig"],
    &["saml", "response"],
];

/// Words of names of secrets in queries.
const WORDS: &[&[&str]] = &[&["signature"], &["assertion"]];

pub(super) static FIRST_OF_WHOLE_NAMES: FirstWords = FirstWords::of(WHOLE_NAMES);
pub(super) static FIRST_WORDS: FirstWords = FirstWords::of(WORDS);

/// A value that is encoded more often is taken for a secret.
const MOST_ENCODINGS: usize = 5;

/// A URL in which the values of secrets in the query and in the fragment are redacted.
#[cfg(feature = "tracing")]
pub(crate) fn redacted(url: &str) -> Cow<'_, str> {
    const SEPARATORS: [char; 4] = ['?', '#', '&', ';'];
    let Some(start) = url.find(['?', '#']) else {
        return Cow::Borrowed(url);
    };
    let (path, query) = url.split_at(start);
    let mut shown = String::with_capacity(url.len());
    shown.push_str(path);
    for part in query.split_inclusive(SEPARATORS) {
        let pair = part.strip_suffix(SEPARATORS).unwrap_or(part);
        push_pair(&mut shown, pair, &[]);
        shown.push_str(part.get(pair.len()..).unwrap_or_default());
    }
    Cow::Owned(shown)
}

/// A part of a query, or a segment of a path, where some servers take `name=value` too.
pub(crate) fn push_pair(shown: &mut String, pair: &str, secrets: &[String]) {
    let (name, value) = match pair.split_once('=') {
        Some((name, value)) => (Some(name), value),
        None => (None, pair),
    };
    match name {
        Some(name) if hides_secret(name, secrets) => shown.push_str(REDACTED),
        Some(name) if is_hidden_pair(&decoded(name), secrets) || hides_secret(value, secrets) => {
            shown.push_str(name);
            shown.push('=');
            shown.push_str(REDACTED);
        }
        None if hides_secret(value, secrets) => shown.push_str(REDACTED),
        _ => shown.push_str(pair),
    }
}

pub(crate) fn is_hidden(name: &str, secrets: &[String]) -> bool {
    is_secret(name) || {
        let is_named = |secret: &String| has_words(&words(name), &words(secret));
        secrets.iter().any(is_named)
    }
}

fn is_hidden_pair(name: &str, secrets: &[String]) -> bool {
    if is_hidden(name, secrets) {
        return true;
    }
    // Most names are done with here, without their words.
    if !(FIRST_OF_WHOLE_NAMES.may_be_in(name) || FIRST_WORDS.may_be_in(name)) {
        return false;
    }
    let named = words(name);
    WHOLE_NAMES.iter().any(|whole| named.iter().eq(whole.iter()))
        || WORDS.iter().any(|secret| has_words(&named, secret))
}

/// Whether a text has a pair with the name of a secret in it, such as a URL to which somebody is sent back, or a member of JSON,
/// or a password before a host.
fn hides_secret(text: &str, secrets: &[String]) -> bool {
    // A pair, an encoding or a URL has one of these.
    if !text.contains(['=', '%', ':']) {
        return false;
    }
    let mut text = Cow::Borrowed(text);
    for _ in 0..=MOST_ENCODINGS {
        let mut pairs = text
            .split(['?', '#', '&', ';', '/'])
            .filter_map(|part| part.split_once('='));
        let is_hidden = pairs.any(|(name, _)| is_hidden_pair(&decoded(name), secrets))
            || members(&text).any(|name| is_hidden(name, secrets));
        if is_hidden || has_user_information(&text) {
            return true;
        }
        let inner = decoded(&text);
        if inner == text {
            return false;
        }
        text = Cow::Owned(inner.into_owned());
    }
    true
}

/// The names of the members of JSON in a text.
fn members(text: &str) -> impl Iterator<Item = &str> {
    let before_colons = text.split(':');
    before_colons.filter_map(|part| part.trim_end().strip_suffix('"')?.rsplit('"').next())
}

fn has_user_information(text: &str) -> bool {
    let mut authorities = text.split("://").skip(1);
    authorities.any(|rest| {
        rest.split(['/', '?', '#'])
            .next()
            .unwrap_or_default()
            .contains('@')
    })
}

/// A text without one percent-encoding: a secret may hide behind it.
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
