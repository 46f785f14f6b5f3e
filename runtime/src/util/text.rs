//! Text as it is shown: cut at character boundaries, or not at all.

use std::borrow::Cow;

/// What stands for a value that is not shown.
pub(crate) const REDACTED: &str = "<redacted>";

/// The largest index up to `limit` at which `text` may be cut.
pub(crate) fn floor_char_boundary(text: &str, limit: usize) -> usize {
    if limit >= text.len() {
        return text.len();
    }
    (0..=limit)
        .rev()
        .find(|&index| text.is_char_boundary(index))
        .unwrap_or(0)
}

/// The beginning of a text, at most `limit` bytes.
pub(crate) fn beginning(text: &str, limit: usize) -> &str {
    text.get(..floor_char_boundary(text, limit)).unwrap_or_default()
}

/// Cuts a text to at most `limit` bytes. It then also holds no more memory than that.
#[inline]
pub(crate) fn cut(text: &mut Cow<'static, str>, limit: usize) {
    match text {
        Cow::Borrowed(borrowed) if borrowed.len() > limit => *borrowed = beginning(borrowed, limit),
        // A copy, because an allocation that shrinks leaves a gap too small for the next one of its size.
        Cow::Owned(owned) if owned.capacity() > limit => *owned = beginning(owned, limit).to_owned(),
        _ => {}
    }
}

/// The truth value that a text is, as Go reads it.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_cut_holds_no_more_than_the_limit() {
        let mut roomy = String::with_capacity(1_000);
        roomy.push_str("short");
        for (text, expected) in [
            (Cow::Borrowed("ééé"), "éé"),
            (Cow::Owned("é".repeat(1_000)), "éé"),
            (Cow::Owned(roomy), "short"),
            (Cow::Owned("abc".to_owned()), "abc"),
        ] {
            let mut text: Cow<'static, str> = text;
            cut(&mut text, 5);
            assert_eq!(text, expected);
            if let Cow::Owned(owned) = text {
                assert!(owned.capacity() <= 5);
            }
        }
    }
}
