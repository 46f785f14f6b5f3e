//! The encodings of finished spans.

pub(crate) mod gap;
pub(crate) mod micros;
pub(crate) mod not_finite;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
pub(crate) mod shorten;
pub(crate) mod splitter;
pub(crate) mod thrift;
pub(crate) mod varint;
