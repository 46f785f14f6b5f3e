//! The keys of a configuration file.

pub(crate) mod fedtrace;
pub(crate) mod formats;
pub(crate) mod jaeger;
mod keep;
pub(crate) mod opentracing;
pub(crate) mod reporting;
#[cfg_attr(
    not(feature = "serde"),
    allow(dead_code, reason = "variables have no sections")
)]
pub(crate) mod sampling;
