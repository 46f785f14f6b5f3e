//! The environment variables.

pub(crate) mod agent;
#[cfg(feature = "http-client")]
pub(crate) mod collector;
pub(crate) mod interval;
mod kubernetes;
pub(crate) mod names;
pub(crate) mod variables;
