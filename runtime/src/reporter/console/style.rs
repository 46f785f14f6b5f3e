//! Colours for terminals.

use std::fmt::{self, Display};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) colour: bool,
}

/// The role of a piece of a line, which decides its colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Plain,
    Service,
    Root,
    Faint,
    Key,
    Slow,
    Failed,
}

impl Style {
    pub(super) const PLAIN: Self = Self { colour: false };

    /// The style for a stream: coloured if it is a terminal that supports colours and the user has not
    /// disabled them.
    pub(super) fn of(terminal: bool) -> Self {
        Self::choose(terminal, |name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    /// See <https://no-color.org>: the variable counts if it is not empty.
    fn choose(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        Self {
            colour: terminal && !refused && !dumb,
        }
    }

    pub(super) fn paint<T: Display>(self, role: Role, text: T) -> PaintedText<T> {
        let code = match role {
            Role::Plain => None,
            Role::Service => Some("1;36"),
            Role::Root => Some("1"),
            Role::Faint => Some("2"),
            Role::Key => Some("36"),
            Role::Slow => Some("33"),
            Role::Failed => Some("1;31"),
        };
        PaintedText {
            code: code.filter(|_| self.colour),
            text,
        }
    }
}

/// Text with a colour.
pub(super) struct PaintedText<T> {
    code: Option<&'static str>,
    text: T,
}

impl<T: Display> Display for PaintedText<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "\u{1b}[{code}m{}\u{1b}[0m", self.text),
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_whose_user_does_not_refuse_it() {
        let set = |known: &'static str, value: &'static str| {
            move |name: &str| (name == known).then(|| value.to_owned())
        };
        assert!(Style::choose(true, |_| None).colour);
        assert!(Style::choose(true, set("NO_COLOR", "")).colour);
        assert!(!Style::choose(false, |_| None).colour);
        assert!(!Style::choose(true, set("NO_COLOR", "1")).colour);
        assert!(!Style::choose(true, set("TERM", "dumb")).colour);
        assert_eq!(Style::PLAIN.paint(Role::Failed, "x").to_string(), "x");
    }
}
