//! Names that look like those of secrets.

/// Each entry is a sequence of words; a name is redacted if it contains one of them.
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
    let words = words(name);
    SECRETS.iter().any(|secret| has_secret(&words, secret))
}

fn has_secret(words: &[String], secret: &[&str]) -> bool {
    let counts_last_only = matches!(secret, [word] if LAST_WORDS.contains(word));
    let skipped = if counts_last_only {
        words.len().saturating_sub(1)
    } else {
        0
    };
    let mut windows = words.windows(secret.len()).skip(skipped);
    windows.any(|window| {
        let mut pairs = window.iter().zip(secret);
        pairs.all(|(word, part)| matches_word(word, part))
    })
}

fn matches_word(word: &str, part: &str) -> bool {
    let singular = word.strip_suffix('s').unwrap_or(word);
    word == part || singular == part || (ENDINGS.contains(&part) && singular.ends_with(part))
}

/// `refreshToken`, `refresh_token` and `REFRESH_TOKEN2` are all `refresh`, `token`; `APIKey` is `api`, `key`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(letter) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(|next| next.is_lowercase());
        let after_lower = before.is_some_and(char::is_lowercase);
        let begins = letter.is_uppercase() && (after_lower || next_is_lower);
        if (begins || !letter.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        }
        before = Some(letter);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{is_secret, words};

    #[test]
    fn words_are_told_apart_by_underscores_capitals_and_digits() {
        assert_eq!(words("refreshToken"), ["refresh", "token"]);
        assert_eq!(words("__REFRESH_TOKEN2"), ["refresh", "token"]);
        assert_eq!(words("APIKey"), ["api", "key"]);
        assert_eq!(words("_"), [""; 0]);
    }

    #[test]
    fn names_with_a_secret_word_are_secret() {
        for name in [
            "token",
            "access_token",
            "refreshToken",
            "tokens",
            "password",
            "new_passwd",
            "client_secret",
            "authorization",
            "api_key",
            "apikey",
            "apiKey",
            "private_key_pem",
            "cookie",
            "session_keys",
            "signing_key",
            "serverSigningKeys",
            "macaroon",
            "passphrase",
            "passPhrase",
            "recovery_key",
            "recoverykey",
            "pwd",
            "userPwd",
            "jwt",
            "id_jwt",
            "bearer",
            "credential",
            "aws_credentials",
            "access_key",
            "access_key_id",
            "accesskey",
            "keypair",
            "key_pair",
            "otp",
            "totp",
            "otp_code",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_found_at_the_end_of_a_word() {
        for name in [
            "accesstoken",
            "accesstokens",
            "access_token",
            "oldpassword",
            "newPasswd",
            "sharedsecret",
            "privatekey",
            "sessionkey",
            "passcode",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn some_words_are_secrets_only_at_the_end_of_a_name() {
        for name in ["auth", "basic_auth", "pass", "dbPass", "pass_phrase"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["auth_events", "authType", "pass_count", "bypass", "compass"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_contain_the_letters_of_a_secret_are_not_secret() {
        for name in [
            "tokenize",
            "tokenizer",
            "secretary",
            "key",
            "public_key",
            "api",
            "key_api",
            "room_id",
            "author",
            "option",
            "optional",
            "footprint",
            "forbearer",
            "signing",
            "recovery",
            "access",
            "pair",
            "credentialed",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
