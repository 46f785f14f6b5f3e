//! Asks a server again and again, on a thread of its own: for the remote sampler and the remote throttler.

pub(crate) mod endpoint;
pub(crate) mod polling;
pub(crate) mod settings;
pub(crate) mod thread;
