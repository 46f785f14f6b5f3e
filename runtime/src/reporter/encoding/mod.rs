//! The encodings of finished spans.

#[cfg(any(feature = "html", feature = "http-client"))]
pub(crate) mod base64;
pub(crate) mod gap;
#[cfg(feature = "html")]
pub(crate) mod jaeger_json;
#[cfg(all(test, feature = "html"))]
mod jaeger_json_tests;
pub(crate) mod micros;
pub(crate) mod not_finite;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
pub(crate) mod shorten;
pub(crate) mod splitter;
pub(crate) mod thrift;
pub(crate) mod varint;
