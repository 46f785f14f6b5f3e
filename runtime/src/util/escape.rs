//! Text from elsewhere, made safe to show on one line.

use std::fmt::{self, Write};

/// Shows text with its control characters, line separators and bidirectional controls escaped, so that it can
/// neither break the line, nor control a terminal, nor appear reordered.
pub(crate) struct EscapedText<'a>(pub(crate) &'a str);

impl fmt::Display for EscapedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match is_unsafe(char) {
                true => write!(f, "{}", char.escape_default())?,
                false => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::EscapedText;

    #[test]
    fn control_characters_are_escaped_and_letters_are_not() {
        let text = "é 日 \u{1b}[31m\n\t\u{202e}\u{2028}\u{9b}";
        assert_eq!(
            EscapedText(text).to_string(),
            r"é 日 \u{1b}[31m\n\t\u{202e}\u{2028}\u{9b}"
        );
    }
}
