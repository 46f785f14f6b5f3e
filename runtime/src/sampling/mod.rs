//! Which traces are recorded, which spans may be forced, and how a server is asked about both.

pub(crate) mod keep;
#[cfg(feature = "http-client")]
pub(crate) mod poller;
pub mod sampler;
pub mod throttler;
