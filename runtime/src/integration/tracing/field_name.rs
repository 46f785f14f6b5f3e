//! What the name of a field means.

use std::cell::Cell;

use super::conventions::Convention;
use crate::tracer::core::Tracer;
use crate::tracer::redaction;
use crate::util::secret_names::is_secret;
use crate::util::words::words;

/// What the name of a field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A tag, or a field of a log record, of the same name.
    Plain,
    /// The name looks like that of a secret.
    Secret,
    /// The value may be a URL with secrets in its query.
    Url,
    Convention(Convention),
}

/// A name that was looked at, by the address and the length of its text.
#[derive(Debug, Clone, Copy)]
struct Known {
    address: usize,
    length: usize,
    meaning: Meaning,
}

/// How many names a thread remembers.
const KNOWN: usize = 256;

thread_local! {
    // Texts that are never freed do not change their addresses.
    static NAMES: [Cell<Option<Known>>; KNOWN] = const { [const { Cell::new(None) }; KNOWN] };
}

/// The meaning of the name of a field. Looking at all words of a name takes longer than a span, so that is remembered.
fn meaning(name: &'static str) -> Meaning {
    let (address, length) = (name.as_ptr() as usize, name.len());
    let remembered = NAMES.try_with(|names| {
        let place = names.get((address ^ address >> 8 ^ length) % KNOWN)?;
        if let Some(known) = place.get() {
            if known.address == address && known.length == length {
                return Some(known.meaning);
            }
        }
        let meaning = look_at(name);
        place.set(Some(Known {
            address,
            length,
            meaning,
        }));
        Some(meaning)
    });
    remembered.ok().flatten().unwrap_or_else(|| look_at(name))
}

fn look_at(name: &str) -> Meaning {
    match Convention::of(name) {
        Some(convention) => Meaning::Convention(convention),
        None if is_secret(name) => Meaning::Secret,
        None if is_url(name) => Meaning::Url,
        None => Meaning::Plain,
    }
}

/// Whether the last word of a name is that of a URL: `uri`, `http.url`, `http.target`, `url.full`.
fn is_url(name: &str) -> bool {
    let words = words(name);
    let of_url = ["uri", "url", "target", "query"];
    words.last().is_some_and(|last| of_url.contains(&last.as_str())) || name == "url.full"
}

/// The meaning of the name of a field on spans of this tracer, whose configuration may hide more names.
pub(super) fn meaning_for(name: &'static str, tracer: &Tracer) -> Meaning {
    match meaning(name) {
        Meaning::Plain | Meaning::Url
            if redaction::is_used() && tracer.inner().redacted_arguments.contain_name(name) =>
        {
            Meaning::Secret
        }
        meaning => meaning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_the_same_when_it_is_looked_at_again() {
        let names: Vec<&'static str> = (0..2 * KNOWN)
            .map(|number| &*format!("name_{number}").leak())
            .collect();
        for _ in 0..2 {
            for name in &names {
                assert_eq!(meaning(name), Meaning::Plain);
            }
            assert_eq!(meaning("access_token"), Meaning::Secret);
            assert_eq!(meaning("otel.name"), Meaning::Convention(Convention::Name));
        }
    }

    #[test]
    fn a_beginning_of_a_name_at_the_same_address_is_another_name() {
        let name = "token_count";
        assert_eq!(meaning(name), Meaning::Secret);
        assert_eq!(meaning(&name[..3]), Meaning::Plain);
    }
}
