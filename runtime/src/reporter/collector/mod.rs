//! The reporter to a collector over HTTP.

pub(crate) mod batch_size;
pub(crate) mod client;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod format;
#[cfg(feature = "otlp")]
pub(crate) mod gzip;
pub(crate) mod http;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod sending;
