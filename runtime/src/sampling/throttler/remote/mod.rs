//! The throttler that spends credit from a server.

pub(crate) mod balances;
pub(crate) mod credit;
pub(crate) mod poll;
pub(crate) mod throttler;
