//! Open spans: how they start, are active and end.

pub(crate) mod active;
pub(crate) mod bound;
pub(crate) mod builder;
pub(crate) mod detached;
pub(crate) mod enclosing;
pub(crate) mod future;
pub(crate) mod handle;
pub(crate) mod leveled;
pub(crate) mod place;
pub(crate) mod plan;
#[cfg(all(test, feature = "enable"))]
mod random_programs;
pub(crate) mod recording;
pub(crate) mod scope;
pub(crate) mod seat;
#[cfg(any(feature = "log-kv", feature = "tracing"))]
pub(crate) mod shown_ids;
pub(crate) mod stack;
pub(crate) mod start;
