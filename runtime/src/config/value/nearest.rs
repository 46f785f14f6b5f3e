//! The key that a misspelt one was meant to be.

use crate::util::words::words;

/// The known key that is most like `key`, if one is like it at all: by its letters, else by its words.
pub(super) fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    by_letters(key, known).or_else(|| by_words(key, known))
}

/// The known key all of whose words are in `key`, as in `tracer_enabled`, or that has all words of `key`.
fn by_words<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let key = words(key);
    let has_all = |all: &[String], some: &[String]| some.iter().all(|word| all.contains(word));
    let is_like = |known: &str| {
        let known = words(known);
        !key.is_empty() && (has_all(&key, &known) || has_all(&known, &key))
    };
    known.iter().copied().find(|known| is_like(known))
}

fn by_letters<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let key = plain(key);
    known
        .iter()
        .map(|known| (distance(&key, &plain(known)), *known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters must be added, removed or replaced to get from one word to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (nth, left) in from.chars().enumerate() {
        let mut diagonal = nth;
        let mut previous = nth + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(to.chars()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            previous = replaced.min(diagonal + 1).min(previous + 1);
            *cell = previous;
        }
        if let Some(first) = row.first_mut() {
            *first = nth + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_the_letters_that_differ() {
        for (from, to, letters) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("sampler", "samplr", 1),
            ("abc", "abc", 0),
        ] {
            assert_eq!(distance(from, to), letters, "{from} {to}");
        }
    }

    #[test]
    fn a_key_in_another_style_is_near_and_another_word_is_not() {
        let known = ["service_name", "sampler", "tags"];
        assert_eq!(nearest("serviceName", &known), Some("service_name"));
        assert_eq!(nearest("smapler", &known), Some("sampler"));
        assert_eq!(nearest("tag", &known), Some("tags"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("sampler_manager", &known), Some("sampler"));
        assert_eq!(nearest("service", &known), Some("service_name"));
        assert_eq!(nearest("<<", &known), None);
    }
}
