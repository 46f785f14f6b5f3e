//! How finished spans are written.

pub(crate) mod micros;
pub(crate) mod splitter;
