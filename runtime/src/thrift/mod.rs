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
mod shorten;

pub(crate) use binary::Binary;
pub(crate) use compact::Compact;
#[cfg(feature = "rustracing")]
pub(crate) use jaeger::{duration_micros, listed_references, micros_since_epoch};
pub(crate) use packet::{Envelope, PacketSplitter, Splitter};
