//! The words that all rooms share.

pub(crate) mod process;
