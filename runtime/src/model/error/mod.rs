//! Why tracing could not be set up.

pub(crate) mod config;
pub(crate) mod id;
pub(crate) mod init;
pub(crate) mod whitelist;
