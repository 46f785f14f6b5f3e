//! The encodings of finished spans.

pub(crate) mod micros;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
pub(crate) mod shorten;
pub(crate) mod splitter;
pub(crate) mod thrift;
