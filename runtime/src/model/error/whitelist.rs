//! The error of a whitelist entry that cannot be used.

use std::borrow::Cow;
use std::fmt;

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
        write!(f, "homeserver_whitelist[{}]: `{}`", self.index, self.pattern)?;
        if let Some(position) = self.position {
            let before = self.pattern.get(..position).unwrap_or(&self.pattern);
            write!(f, ", character {}", before.chars().count() + 1)?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.fix {
            Some(fix) => write!(f, "; {fix}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for WhitelistError {}
