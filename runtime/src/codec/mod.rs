//! How a context is written. This decides nothing: who may see a context is decided elsewhere.

pub(crate) mod header_names;
