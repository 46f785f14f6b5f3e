//! A first look at a URL, after which most are known to have no secrets.

use super::percent;
use super::secret_names::{self, Beginnings};
use super::secret_query;

/// The beginnings of all words with which the names of secrets begin.
static BEGINNINGS: Beginnings = secret_names::FIRST_WORDS
    .beginnings
    .or(&secret_query::FIRST_OF_WHOLE_NAMES.beginnings)
    .or(&secret_query::FIRST_WORDS.beginnings);

/// Whether one look says that nothing in this query is redacted, and that it is shown as it is. Most are done with here.
pub(crate) fn is_plain_query(query: &str) -> bool {
    let query = query.as_bytes();
    let (mut slash, mut at, mut percent, mut other) = (false, false, false, false);
    // Without a branch for each byte, so that many are looked at at once.
    for byte in query {
        slash |= *byte == b'/';
        at |= *byte == b'@';
        percent |= *byte == b'%';
        // Between pairs, another sign is shown instead.
        other |= *byte == b';' || !byte.is_ascii();
    }
    let is_escaped_well = !percent
        || escapes_are(query, |byte| {
            slash |= byte == b'/';
            at |= byte == b'@';
            byte.is_ascii() && !byte.is_ascii_alphabetic() && !matches!(byte, b'=' | b'%')
        });
    // A user before a host has both.
    let may_have_user = slash && at;
    if other || may_have_user || !is_escaped_well {
        return false;
    }
    // All names are parts of the query, also behind escapes, none of which stands for a letter.
    !BEGINNINGS.in_text(query).any(begins_secret)
}

/// The same for a path, of whose route no parameter is a secret.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let path = path.as_bytes();
    let (mut pair, mut percent) = (false, false);
    for byte in path {
        pair |= matches!(byte, b'=' | b'"');
        percent |= *byte == b'%';
    }
    // A pair or a member of JSON in a segment has its sign, or hides it behind the other, and so does a URL in it.
    !pair && (!percent || escapes_are(path, |byte| !matches!(byte, b'=' | b'%' | b'/' | b'"')))
}

/// Whether each percent sign begins the escape of a byte that passes.
fn escapes_are(text: &[u8], mut passes: impl FnMut(u8) -> bool) -> bool {
    let behind_signs = text.split(|byte| *byte == b'%').skip(1);
    behind_signs
        .map(|rest| match rest {
            [high, low, ..] => percent::byte(*high, *low),
            _ => None,
        })
        .all(|byte| byte.is_some_and(&mut passes))
}

fn begins_secret(text: &[u8]) -> bool {
    let lists = [
        &secret_names::FIRST_WORDS,
        &secret_query::FIRST_OF_WHOLE_NAMES,
        &secret_query::FIRST_WORDS,
    ];
    lists.iter().any(|words| words.begin(text))
}
