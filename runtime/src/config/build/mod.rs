//! Building a tracer from a configuration.

#[cfg(feature = "http-client")]
pub(crate) mod collector;
pub(crate) mod reporter;
pub(crate) mod sampler;
pub(crate) mod throttler;
#[cfg(feature = "html")]
pub(crate) mod trace_files;
pub(crate) mod tracer;
