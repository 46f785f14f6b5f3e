//! What `assert_trace!` expects, and how it differs from the spans that there are.

pub(crate) mod alignment;
pub(crate) mod assertion;
pub(crate) mod difference;
pub(crate) mod fact;
pub(crate) mod matching;
pub(crate) mod pattern;
pub(crate) mod report;
pub(crate) mod spans;
