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
#[cfg(feature = "rustracing")]
pub(crate) use jaeger::listed_references;
#[cfg(any(feature = "otlp", feature = "rustracing"))]
pub(crate) use jaeger::{duration_micros, micros_since_epoch};
#[cfg(feature = "otlp")]
pub(crate) use packet::Split;
pub(crate) use packet::{Envelope, PacketSplitter, Splitter};
