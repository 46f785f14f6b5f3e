//! The agent, by UDP.

pub(crate) mod socket;
pub(crate) mod udp;
