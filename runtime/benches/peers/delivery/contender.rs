//! Who is measured, and by which way the spans go.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::load::{Load, Sent};

/// How spans travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Jaeger's compact Thrift, in packets.
    Udp,
    /// OTLP as protobuf, in requests.
    Otlp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Udp => "UDP",
            Self::Otlp => "OTLP",
        })
    }
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "UDP" => Ok(Self::Udp),
            "OTLP" => Ok(Self::Otlp),
            _ => Err(format!("no transport: {text}")),
        }
    }
}

/// A row of the table.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) transport: Transport,
    /// Delivers a load to a sink at this address.
    pub(crate) deliver: fn(SocketAddr, &Load) -> Sent,
}
