//! The encodings of finished spans.

#[cfg(feature = "html")]
pub(crate) mod base64;
pub(crate) mod gap;
#[cfg(feature = "html")]
pub(crate) mod jaeger_json;
pub(crate) mod micros;
pub(crate) mod not_finite;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
pub(crate) mod shorten;
pub(crate) mod splitter;
pub(crate) mod thrift;
pub(crate) mod varint;
