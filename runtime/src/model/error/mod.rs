//! Errors of setting up tracing.

pub(crate) mod config;
pub(crate) mod id;
pub(crate) mod init;
pub(crate) mod levels;
pub(crate) mod whitelist;
