//! Who is measured, and at what.

use std::fmt;

/// What is measured: a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Plain,
    Off,
    Unsampled,
    Root,
    Child,
    ActiveSpan,
    OneTag,
    ThreeTags,
    ThreeArguments,
    Future,
}

impl Row {
    pub(crate) const WITH_TRACER: [Self; 8] = [
        Self::Unsampled,
        Self::Root,
        Self::Child,
        Self::ActiveSpan,
        Self::OneTag,
        Self::ThreeTags,
        Self::ThreeArguments,
        Self::Future,
    ];
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Plain => "plain call",
            Self::Off => "tracing off",
            Self::Unsampled => "unsampled child",
            Self::Root => "sampled root",
            Self::Child => "sampled child",
            Self::ActiveSpan => "child without an attribute",
            Self::OneTag => "child with one tag",
            Self::ThreeTags => "child with three tags",
            Self::ThreeArguments => "child with three arguments",
            Self::Future => "future polled twice",
        })
    }
}

/// Runs a row this many times.
pub(crate) type Case = fn(u64);

/// A column of the table.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// What runs a row, if there is such a thing here.
    pub(crate) case: fn(Row) -> Option<Case>,
    /// Empties all queues.
    pub(crate) drain: fn(),
}
