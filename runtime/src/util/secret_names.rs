//! Names that look like those of secrets.

use super::letter::place;
use super::words::words;

/// Each entry is a sequence of words; a name is that of a secret if it contains one of them. The attribute `#[tag_args]`
/// has the same list, and a test holds both together.
const SECRETS: &[&[&str]] = &[
    &["password"],
    &["passwd"],
    &["secret"],
    &["token"],
    &["authorization"],
    &["api", "key"],
    &["apikey"],
    &["private", "key"],
    &["cookie"],
    &["session", "key"],
    &["signing", "key"],
    &["signingkey"],
    &["recovery", "key"],
    &["recoverykey"],
    &["access", "key"],
    &["accesskey"],
    &["key", "pair"],
    &["keypair"],
    &["macaroon"],
    &["pass", "phrase"],
    &["passphrase"],
    &["pwd"],
    &["jwt"],
    &["bearer"],
    &["credential"],
    &["otp"],
    &["totp"],
    &["privatekey"],
    &["sessionkey"],
    &["passcode"],
    &["auth"],
    &["pass"],
];

/// These are also found at the end of a longer word: `accesstoken`, `oldpassword`.
const ENDINGS: &[&str] = &["password", "passwd", "secret", "token"];

/// These count as the last word only: `basic_auth` is a secret, and `auth_events` of Matrix are ids.
const LAST_WORDS: &[&str] = &["auth", "pass"];

pub(crate) fn is_secret(name: &str) -> bool {
    if !may_be_secret(name) {
        return false;
    }
    let name = words(name);
    SECRETS.iter().any(|secret| has_secret(&name, secret))
}

fn has_secret(words: &[String], secret: &[&str]) -> bool {
    let counts_last_only = matches!(secret, [word] if LAST_WORDS.contains(word));
    let skipped = if counts_last_only {
        words.len().saturating_sub(1)
    } else {
        0
    };
    let mut windows = words.windows(secret.len().max(1)).skip(skipped);
    windows.any(|window| {
        let mut pairs = window.iter().zip(secret);
        pairs.all(|(word, part)| is_part(word, part))
    })
}

fn is_part(word: &str, part: &str) -> bool {
    let singular = word.strip_suffix('s').unwrap_or(word);
    word == part || singular == part || (ENDINGS.contains(&part) && singular.ends_with(part))
}

/// Whether the first word of a secret is somewhere in a name. Most names are done with here, without their words.
pub(crate) fn may_be_secret(name: &str) -> bool {
    FIRST_WORDS.may_be_in(name)
}

pub(super) static FIRST_WORDS: FirstWords = FirstWords::of(SECRETS);

/// For each first letter, the second letters of some words: a bit for each. Most pairs of letters begin no word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginnings([u32; 32]);

impl Beginnings {
    /// Those of both.
    #[cfg(feature = "tower")]
    pub(super) const fn or(mut self, other: &Self) -> Self {
        let mut index = 0;
        while index < 32 {
            // The index is below 32, or this does not compile.
            #[allow(clippy::indexing_slicing)]
            {
                self.0[index] |= other.0[index];
            }
            index += 1;
        }
        self
    }

    /// Where in a text such a word may begin: what is there and behind it.
    pub(super) fn in_text<'a>(&self, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let pairs = text.windows(2).enumerate();
        pairs.filter_map(|(start, pair)| match pair {
            [first, second] if self.has(*first, *second) => text.get(start..),
            _ => None,
        })
    }

    fn has(&self, first: u8, second: u8) -> bool {
        let seconds = self.0.get(place(first)).copied().unwrap_or(0);
        seconds & (1 << place(second)) != 0
    }
}

/// The first words of a list of secrets, by their letters.
#[derive(Debug)]
pub(super) struct FirstWords {
    secrets: &'static [&'static [&'static str]],
    /// For each first letter, the secrets that begin with it: a bit for each of at most 32.
    by_letter: [u32; 32],
    pub(super) beginnings: Beginnings,
}

impl FirstWords {
    pub(super) const fn of(secrets: &'static [&'static [&'static str]]) -> Self {
        let (mut by_letter, mut beginnings) = ([0; 32], [0; 32]);
        let mut index = 0;
        let mut rest = secrets;
        while let Some((secret, others)) = rest.split_first() {
            if let Some(word) = secret.first() {
                if let [first, second, ..] = word.as_bytes() {
                    // The place is below 32, and so is the index, or this does not compile.
                    #[allow(clippy::indexing_slicing)]
                    {
                        by_letter[place(*first)] |= 1_u32 << index;
                        beginnings[place(*first)] |= 1_u32 << place(*second);
                    }
                }
            }
            index += 1;
            rest = others;
        }
        Self {
            secrets,
            by_letter,
            beginnings: Beginnings(beginnings),
        }
    }

    /// Whether one of them is somewhere in a name.
    pub(super) fn may_be_in(&self, name: &str) -> bool {
        // Other letters may be the capitals of these.
        !name.is_ascii()
            || self
                .beginnings
                .in_text(name.as_bytes())
                .any(|rest| self.begin(rest))
    }

    /// Whether a text begins with one of them.
    pub(super) fn begin(&self, text: &[u8]) -> bool {
        let letter = text.first().map_or(0, |letter| place(*letter));
        let mut candidates = self.by_letter.get(letter).copied().unwrap_or(0);
        while candidates != 0 {
            let secret = self.secrets.get(candidates.trailing_zeros() as usize);
            if secret.is_some_and(|secret| begins_with(text, secret)) {
                return true;
            }
            candidates &= candidates - 1;
        }
        false
    }
}

fn begins_with(name: &[u8], secret: &[&str]) -> bool {
    let first = secret.first().map_or(&[][..], |word| word.as_bytes());
    name.get(..first.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SECRETS, has_secret, is_secret, may_be_secret};
    use crate::util::words::words;

    proptest! {
        #[test]
        fn no_secret_is_missed_by_the_first_look(
            parts in proptest::collection::vec((any::<prop::sample::Index>(), 0..4_u8, "[a-z_2\u{212a}]{0,3}"), 1..4)
        ) {
            let mut name = String::new();
            for (secret, case, between) in parts {
                for word in *secret.get(SECRETS) {
                    let (first, rest) = word.split_at(1);
                    name += &match case {
                        0 => word.to_uppercase(),
                        1 => format!("{}{rest}", first.to_uppercase()),
                        2 => format!("_{word}"),
                        _ => (*word).to_owned(),
                    };
                }
                name += &between;
            }
            let is_one = SECRETS.iter().any(|secret| has_secret(&words(&name), secret));
            prop_assert_eq!(is_secret(&name), is_one, "{}", name);
            prop_assert!(may_be_secret(&name), "{}", name);
        }
    }

    #[test]
    fn a_secret_may_hide_behind_letters_that_are_capitals_of_ascii_letters() {
        // The sign of kelvin.
        assert!(is_secret("api_\u{212a}ey") && is_secret("TO\u{212a}EN"));
    }

    #[test]
    fn a_secret_is_found_at_the_end_of_a_word_and_some_only_at_the_end_of_the_name() {
        for name in [
            "accesstoken",
            "oldPasswords",
            "privatekey",
            "db_pass",
            "proxy.auth",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["auth_events", "pass_count", "bypass", "secretary_id"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_name_with_the_words_of_a_secret_is_one_also_in_a_dotted_name() {
        for name in [
            "access_token",
            "refreshTokens",
            "http.request.header.authorization",
            "API_KEY",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["tokenize", "key", "http.request.method", ""] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
