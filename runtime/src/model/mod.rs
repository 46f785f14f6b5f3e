//! The words that all rooms share.

pub(crate) mod process;
pub(crate) mod trace_context;
