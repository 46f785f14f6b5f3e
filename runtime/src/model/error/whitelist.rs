//! The error of a whitelist entry that cannot be used.

use std::borrow::Cow;
use std::fmt;

use crate::util::escape::EscapedText;

/// An entry of the homeserver whitelist that cannot be used.
///
/// Its text is one line: the entry, the position in it, the problem and, if there is a likely one, the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhitelistError {
    pub(crate) pattern: String,
    pub(crate) index: usize,
    pub(crate) position: Option<usize>,
    pub(crate) problem: Cow<'static, str>,
    pub(crate) fix: Option<Cow<'static, str>>,
}

impl WhitelistError {
    /// The entry as given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The index of the entry in the list, from zero.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The position of the problem, in bytes from the start of the entry, if it has one.
    pub fn position(&self) -> Option<usize> {
        self.position
    }
}

impl fmt::Display for WhitelistError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = EscapedText(&self.pattern);
        write!(f, "homeserver_whitelist[{}]: `{entry}`", self.index)?;
        if let Some(position) = self.position {
            write!(f, ", character {}", character_at(&self.pattern, position))?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.fix {
            Some(fix) => write!(f, "; {fix}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for WhitelistError {}

/// The number of the character at a position in bytes, from one.
pub(crate) fn character_at(entry: &str, position: usize) -> usize {
    entry.get(..position).unwrap_or(entry).chars().count() + 1
}
