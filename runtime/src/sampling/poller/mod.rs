//! Polls a server on a separate thread, for the remote sampler and the remote throttler.

pub(crate) mod endpoint;
pub(crate) mod polling;
pub(crate) mod settings;
pub(crate) mod thread;
