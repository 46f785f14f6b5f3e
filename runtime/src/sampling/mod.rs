//! Which traces are recorded, who may force one, and how both ask a server.

#[cfg(feature = "http-client")]
pub(crate) mod poller;
pub mod sampler;
pub mod throttler;
