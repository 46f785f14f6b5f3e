//! The throttler that spends what a server credits.

pub(crate) mod balances;
pub(crate) mod credit;
pub(crate) mod poll;
pub(crate) mod throttler;
