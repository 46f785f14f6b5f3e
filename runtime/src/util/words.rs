//! The words of a name.

/// The words of a name in lower case. Underscores, capitals and digits separate them, as for the attribute
/// `#[tag_args]`: `userEmail`, `user_email` and `USER_EMAIL2` are all `user`, `email`.
pub(crate) fn words(name: &str) -> Vec<String> {
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

/// Whether a name has these words, one after the other. A word may be in the plural.
pub(crate) fn has_words(name: &[String], wanted: &[impl AsRef<str>]) -> bool {
    let mut windows = name.windows(wanted.len().max(1));
    windows.any(|window| {
        let mut pairs = window.iter().zip(wanted);
        pairs.all(|(word, part)| is_word(word, part.as_ref()))
    })
}

fn is_word(word: &str, part: &str) -> bool {
    word == part || word.strip_suffix('s') == Some(part)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_told_apart_by_underscores_capitals_and_digits() {
        for name in ["userEmail", "user_email", "__USER_EMAIL2", "UserEmail"] {
            assert_eq!(words(name), ["user", "email"], "{name}");
        }
        assert_eq!(words("APIKey"), ["api", "key"]);
        assert_eq!(words("_"), [""; 0]);
    }
}
