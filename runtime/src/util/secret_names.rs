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

/// The place of a letter, in either case.
const fn place(letter: u8) -> usize {
    (letter & 0x1f) as usize
}

/// For each first letter, the names of a list that begin with it: a bit for each of at most 32.
pub(super) type ByFirstLetter = [u32; 32];

pub(super) const fn by_first_letter(secrets: &[&[&str]]) -> ByFirstLetter {
    let mut table = [0; 32];
    let mut index = 0;
    let mut rest = secrets;
    while let Some((secret, others)) = rest.split_first() {
        if let Some(word) = secret.first() {
            if let Some(letter) = word.as_bytes().first() {
                // The place is below 32, and so is the index, or this does not compile.
                #[allow(clippy::indexing_slicing)]
                {
                    table[place(*letter)] |= 1_u32 << index;
                }
            }
        }
        index += 1;
        rest = others;
    }
    table
}

const BY_FIRST_LETTER: ByFirstLetter = by_first_letter(SECRETS);

/// Whether the first word of a secret is somewhere in a name. Most names are done with here, without their words.
fn may_be_secret(name: &str) -> bool {
    may_be_in(SECRETS, &BY_FIRST_LETTER, name)
}

/// The same for another list.
pub(super) fn may_be_in(secrets: &[&[&str]], by_first_letter: &ByFirstLetter, name: &str) -> bool {
    // Other letters may be the capitals of these.
    if !name.is_ascii() {
        return true;
    }
    let name = name.as_bytes();
    name.iter().enumerate().any(|(start, letter)| {
        let mut candidates = by_first_letter.get(place(*letter)).copied().unwrap_or(0);
        while candidates != 0 {
            let secret = secrets.get(candidates.trailing_zeros() as usize);
            if secret.is_some_and(|secret| begins_with(name.get(start..).unwrap_or_default(), secret)) {
                return true;
            }
            candidates &= candidates - 1;
        }
        false
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
