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
    let name = words(name);
    SECRETS.iter().any(|secret| has_words(&name, secret))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

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
