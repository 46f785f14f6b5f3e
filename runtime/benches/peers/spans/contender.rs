//! Who is measured, and at what.

use std::fmt;

/// What is measured: a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Plain,
    Off,
    Child,
    ActiveSpan,
    OneTag,
    ThreeTags,
    ThreeConstantTags,
    ThreeArguments,
    Future,
    Root,
    RootWithChildren,
    Unsampled,
}

impl Row {
    /// The most that fedtrace may take, as a part of what fastrace takes.
    pub(crate) fn goal(self) -> Option<f64> {
        Some(match self {
            Self::Child => 0.50,
            Self::ActiveSpan => 0.55,
            Self::OneTag | Self::ThreeTags | Self::ThreeConstantTags => 0.45,
            Self::ThreeArguments => 0.40,
            Self::Future => 0.60,
            Self::Root => 0.90,
            Self::Unsampled => 1.10,
            Self::Plain | Self::Off | Self::RootWithChildren => return None,
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Plain => "plain call",
            Self::Off => "tracing off",
            Self::Child => "child",
            Self::ActiveSpan => "child without an attribute",
            Self::OneTag => "child with one tag",
            Self::ThreeTags => "child with three tags",
            Self::ThreeConstantTags => "child with three constants",
            Self::ThreeArguments => "child with three arguments",
            Self::Future => "future polled twice",
            Self::Root => "root without children",
            Self::RootWithChildren => "root that may have children",
            Self::Unsampled => "unsampled child",
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
