//! Names that look like those of secrets.

use super::words::{has_words, words};

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
];

pub(crate) fn is_secret(name: &str) -> bool {
    if !may_be_secret(name) {
        return false;
    }
    let name = words(name);
    SECRETS.iter().any(|secret| has_words(&name, secret))
}

/// The bit of a letter, in either case.
const fn bit(letter: u8) -> u32 {
    1 << (letter & 0x1f)
}

/// The letters with which secrets begin.
const FIRST_LETTERS: u32 = first_letters(SECRETS);

/// The letters with which names of a list begin.
pub(super) const fn first_letters(mut secrets: &[&[&str]]) -> u32 {
    let mut letters = 0;
    while let Some((secret, others)) = secrets.split_first() {
        if let Some(word) = secret.first() {
            if let Some(letter) = word.as_bytes().first() {
                letters |= bit(*letter);
            }
        }
        secrets = others;
    }
    letters
}

/// Whether the first word of a secret is somewhere in a name. Most names are done with here, without their words.
fn may_be_secret(name: &str) -> bool {
    may_be_in(SECRETS, FIRST_LETTERS, name)
}

/// The same for another list, whose names begin with these letters.
pub(super) fn may_be_in(secrets: &[&[&str]], first_letters: u32, name: &str) -> bool {
    // Other letters may be the capitals of these.
    !name.is_ascii()
        || (0..name.len()).any(|start| {
            let rest = name.as_bytes().get(start..).unwrap_or_default();
            rest.first()
                .is_some_and(|letter| bit(*letter) & first_letters != 0)
                && secrets.iter().any(|secret| begins_with(rest, secret))
        })
}

fn begins_with(name: &[u8], secret: &[&str]) -> bool {
    let first = secret.first().map_or(&[][..], |word| word.as_bytes());
    name.get(..first.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SECRETS, is_secret, may_be_secret};
    use crate::util::words::{has_words, words};

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
            let is_one = SECRETS.iter().any(|secret| has_words(&words(&name), secret));
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
