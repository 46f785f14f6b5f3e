//! How a context is written. This decides nothing: who may see a context is decided elsewhere.

pub(crate) mod b3;
pub(crate) mod carrier;
pub(crate) mod decoded;
pub(crate) mod header_names;
pub(crate) mod jaeger;
pub(crate) mod propagation;
pub(crate) mod w3c;
