//! The environment variables.

pub(crate) mod agent;
#[cfg(feature = "http-client")]
pub(crate) mod collector;
pub(crate) mod variables;
