//! The formats of span contexts, by their names in the configuration.

use std::fmt;

use super::carrier::{Carrier, CarrierValue, Format};
use super::decoded::{Decoded, Reading};
use super::header_names::HeaderNames;
use super::{b3, jaeger, w3c};
use crate::model::flags::TraceFlags;
use crate::model::trace_context::TraceContext;

/// A format of span contexts, under the name that Jaeger's clients use for it in `propagation`.
///
/// In every format, baggage for our own processes is written as `uberctx-*`, and a debug id is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagation {
    /// `uber-trace-id`, Jaeger's own.
    Jaeger,
    /// Zipkin's format. It writes `x-b3-traceid`, `x-b3-spanid` and `x-b3-sampled`, with `x-b3-flags` for
    /// debug. It reads those and the single header `b3`, which wins if both are present.
    ///
    /// If the sender leaves the sampling decision to us, our sampler makes it; Jaeger's client for Python
    /// does so for all unsampled traces. A decision without ids is ignored.
    B3,
    /// The W3C's `traceparent`. Between our own processes, `tracestate` is passed on unchanged.
    W3c,
}

impl Propagation {
    /// The format with this name in the configuration. The name is case-insensitive, because Java's client
    /// has it in capitals.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Jaeger, Self::B3, Self::W3c]
            .into_iter()
            .find(|known| name.trim().eq_ignore_ascii_case(&known.to_string()))
    }

    pub(crate) fn read<C: Carrier + ?Sized>(self, carrier: &C, names: &HeaderNames) -> Reading {
        let (name, decode): (_, fn(&str, Format) -> Option<Decoded>) = match self {
            Self::Jaeger => (&*names.trace_context, |text, format| {
                jaeger::decode(text, format).map(Decoded::from)
            }),
            Self::W3c => (w3c::TRACEPARENT, |text, _| w3c::decode(text)),
            Self::B3 => return b3::read(carrier),
        };
        match carrier.get(name) {
            CarrierValue::Absent => Reading::Absent,
            CarrierValue::Unreadable => Reading::Malformed,
            CarrierValue::Text(text) => Reading::of(decode(text, carrier.format())),
        }
    }

    /// Writes the context, with the flags that are in `mask`.
    pub(crate) fn write<C: Carrier + ?Sized>(
        self,
        carrier: &mut C,
        context: &TraceContext,
        mask: TraceFlags,
        names: &HeaderNames,
    ) {
        match self {
            Self::Jaeger => carrier.set(&names.trace_context, jaeger::encode(context, mask)),
            Self::B3 => b3::write(carrier, context, mask),
            Self::W3c => carrier.set(w3c::TRACEPARENT, w3c::encode(context)),
        }
    }
}

/// The name in the configuration: `jaeger`, `b3` or `w3c`.
impl fmt::Display for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jaeger => "jaeger",
            Self::B3 => "b3",
            Self::W3c => "w3c",
        })
    }
}
