//! The variables of the environment.

pub(crate) mod agent;
#[cfg(feature = "http")]
pub(crate) mod collector;
pub(crate) mod variables;
