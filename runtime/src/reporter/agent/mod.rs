//! The reporter to a Jaeger agent over UDP.

pub(crate) mod socket;
pub(crate) mod udp;
