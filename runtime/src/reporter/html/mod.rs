//! Traces as one HTML document that needs nothing else.

pub(crate) mod assets;
pub(crate) mod document;
pub(crate) mod reporter;
