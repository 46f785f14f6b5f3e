//! Writes Thrift as Jaeger's agent and collector read it.

pub(crate) mod binary;
pub(crate) mod compact;
#[cfg(test)]
mod golden_vectors;
pub(crate) mod jaeger;
pub(crate) mod packet;
#[cfg(test)]
mod packet_tests;
mod protocol;
