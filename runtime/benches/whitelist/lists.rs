//! The lists, and the server names that are asked for.

use std::fmt;

use fedtrace::whitelist::Whitelist;

/// How many server names a list has.
pub(crate) const NAMES: [usize; 3] = [1, 100, 10_000];
/// How many regular expressions.
pub(crate) const PATTERNS: [usize; 4] = [1, 10, 100, 1000];

/// The most servers that are asked for in turn; they lie all over the list.
const ASKED: usize = 256;

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Name,
    Pattern,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Row {
    Listed,
    Port,
    UpperCase,
    Unlisted,
    /// The most that a stranger can ask of it: 255 bytes and 128 parts.
    Longest,
}

impl Row {
    pub(crate) const ALL: [Self; 5] = [
        Self::Listed,
        Self::Port,
        Self::UpperCase,
        Self::Unlisted,
        Self::Longest,
    ];
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Listed => "listed",
            Self::Port => "listed, with a port",
            Self::UpperCase => "listed, with capitals",
            Self::Unlisted => "not listed",
            Self::Longest => "not listed, the longest name",
        })
    }
}

/// A list of so many entries.
pub(crate) fn whitelist(kind: Kind, length: usize) -> Whitelist {
    let entries = (0..length).map(|index| match kind {
        Kind::Name => format!("matrix.server{index}.example"),
        Kind::Pattern => format!(r"matrix\d*\.server{index}\.example"),
    });
    Whitelist::new(entries).expect("valid entries")
}

/// The names that a row asks such a list for.
pub(crate) fn asked(row: Row, length: usize) -> Vec<String> {
    let servers = (0..ASKED).map(|n| n * length / ASKED);
    servers
        .map(|index| match row {
            Row::Listed => format!("matrix.server{index}.example"),
            Row::Port => format!("matrix.server{index}.example:8448"),
            Row::UpperCase => format!("Matrix.Server{index}.Example"),
            Row::Unlisted => format!("matrix.server{index}.evil.example"),
            Row::Longest => format!("{}a:8448", "a.".repeat(127)),
        })
        .collect()
}
