//! Thrift as Jaeger's agent and collector read it: written only, nothing here reads.

mod binary;
mod compact;
#[cfg(test)]
mod golden_vectors;
mod jaeger;
mod packet;
#[cfg(test)]
mod packet_tests;
mod protocol;

pub(crate) use binary::Binary;
pub(crate) use compact::Compact;
pub(crate) use packet::{Envelope, PacketSplitter};
