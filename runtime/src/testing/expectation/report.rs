//! The text of a failed assertion.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use super::difference::{Difference, Line, Mark};
use crate::util::escape::EscapedText;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// Whether the text is shown on a terminal that has colours.
fn has_colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// The text of a failed assertion: a sentence, and a line for each span.
pub(super) fn report(difference: &Difference<'_>, open: &[String]) -> String {
    write_report(difference, open, has_colours())
}

fn write_report(difference: &Difference<'_>, open: &[String], in_colour: bool) -> String {
    let first = difference.first.as_deref().unwrap_or("they differ");
    let mut text = format!(
        "the spans are not as expected: {}\n(- expected, + actual)\n\n",
        EscapedText(first)
    );
    let differs = |line: &&Line| line.mark != Mark::Both;
    let differences = difference.lines.iter().filter(differs).count();
    let first_line = difference.lines.iter().position(|line| line.mark != Mark::Both);
    for (place, line) in difference.lines.iter().enumerate() {
        let is_first = differences > 2 && first_line == Some(place);
        write_line(&mut text, line, is_first, in_colour);
    }
    if difference.lines.is_empty() {
        text.push_str("  (no span)\n");
    }
    if !open.is_empty() {
        // Writing to a text does not fail.
        let _ = writeln!(text, "\nstill open: {}", EscapedText(&open.join(", ")));
    }
    text
}

fn write_line(text: &mut String, line: &Line, is_first: bool, in_colour: bool) {
    let (mark, colour) = match line.mark {
        Mark::Both => (' ', ""),
        Mark::Expected => ('-', RED),
        Mark::Actual => ('+', GREEN),
    };
    let is_coloured = in_colour && !colour.is_empty();
    if is_coloured {
        text.push_str(colour);
    }
    let indent = 2 * line.depth;
    let _ = write!(text, "{mark} {:indent$}{}", "", EscapedText(&line.text));
    if let Some(note) = &line.note {
        let _ = write!(text, "   ({})", EscapedText(note));
    }
    if is_first {
        text.push_str("   <-- first difference");
    }
    if is_coloured {
        text.push_str(PLAIN);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mark: Mark, text: &str) -> Line {
        Line {
            mark,
            depth: 1,
            text: text.to_owned(),
            note: None,
        }
    }

    #[test]
    fn lines_that_differ_have_colours_only_if_asked_for() {
        let mut text = String::new();
        write_line(&mut text, &line(Mark::Expected, "a"), false, false);
        write_line(&mut text, &line(Mark::Both, "b"), false, true);
        write_line(&mut text, &line(Mark::Actual, "c"), true, true);
        assert_eq!(
            text,
            "-   a\n    b\n\x1b[32m+   c   <-- first difference\x1b[0m\n"
        );
    }
}
