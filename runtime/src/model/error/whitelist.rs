use std::borrow::Cow;
use std::fmt;

/// An entry of the homeserver whitelist that cannot be used.
///
/// Shown as one line that names the entry, the place in it, the problem and, where one can be guessed, the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhitelistError {
    pub(crate) pattern: String,
    pub(crate) index: usize,
    pub(crate) position: Option<usize>,
    pub(crate) problem: Cow<'static, str>,
    pub(crate) fix: Option<Cow<'static, str>>,
}

impl WhitelistError {
    /// The entry, as it was given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Which entry of the list it is, counted from zero.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Where in the entry the problem is, in bytes from its start, if it is at one place.
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
