//! The tags, logs and names of one span among those of others.

use super::bounds::Bounds;

/// The end of a chain.
pub(super) const NONE: u32 = u32::MAX;

/// The entries of one span: the last of them, which leads to the one before, and so on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    pub(super) last: u32,
    /// How many there are, with the fields of log records.
    pub(super) entries: u16,
    /// The bytes of their text.
    pub(super) text: u16,
}

impl Chain {
    pub(crate) const EMPTY: Self = Self {
        last: NONE,
        entries: 0,
        text: 0,
    };

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.last == NONE
    }

    /// The same entries in buffers in which they come so many entries later.
    pub(super) fn shifted(self, by: u32) -> Self {
        match self.last {
            NONE => self,
            last => Self {
                last: last + by,
                ..self
            },
        }
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The most bytes of text that a chain may have; a span with more has [`Details`](super::details::Details) of its own.
pub(super) const MOST_TEXT: usize = 1024;

/// The limits of a chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChainLimits {
    pub(super) entries: u16,
    /// The most bytes of a value.
    pub(super) value: u16,
}

impl ChainLimits {
    pub(crate) fn of(bounds: &Bounds) -> Self {
        Self {
            entries: bounds.chained as u16,
            value: bounds.value.min(MOST_TEXT) as u16,
        }
    }
}
