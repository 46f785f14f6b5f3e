//! Why a text is not a list of levels.

use std::fmt;

/// A text that is not a list of [`Levels`](crate::Levels).
///
/// Its text has the part that cannot be used and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseLevelsError {
    pub(crate) part: String,
    pub(crate) problem: &'static str,
}

impl fmt::Display for ParseLevelsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.part, self.problem)
    }
}

impl std::error::Error for ParseLevelsError {}
