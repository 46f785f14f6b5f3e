//! Thrift as Jaeger's agent and collector read it: written only, nothing here reads.

mod compact;
mod jaeger;
mod packet;
mod protocol;
mod shorten;

pub(crate) use compact::Compact;
#[cfg(feature = "rustracing")]
pub(crate) use jaeger::{duration_micros, listed_references, micros_since_epoch};
pub(crate) use packet::PacketSplitter;
