use std::fmt;

use super::carrier::{Carrier, CarrierValue, Format};
use super::decoded::{Decoded, Reading};
use super::header_names::HeaderNames;
use super::{b3, jaeger, w3c};
use crate::model::flags::TraceFlags;
use crate::model::trace_context::TraceContext;

/// A way to write span contexts, by the names that Jaeger's clients have for them in `propagation`.
///
/// Baggage of our own processes is written as `uberctx-*` in all of them. A debug id is read in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagation {
    /// `uber-trace-id`, Jaeger's own.
    Jaeger,
    /// Zipkin's: writes `x-b3-traceid`, `x-b3-spanid` and `x-b3-sampled`, with `x-b3-flags` for debug; reads those and the single
    /// header `b3`, which wins if both are there.
    ///
    /// Where the sender leaves the decision to us, our sampler makes it; Jaeger's client for Python does so for all traces
    /// that are not sampled. A decision without ids is not taken.
    B3,
    /// `traceparent` of the W3C. Among our own processes `tracestate` is passed on as it came.
    W3c,
}

impl Propagation {
    /// By its name in the configuration. In any case, since Java's client has them in capitals.
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

    /// Writes the context with those of its flags that are in `mask`.
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

/// As in the configuration: `jaeger`, `b3` or `w3c`.
impl fmt::Display for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jaeger => "jaeger",
            Self::B3 => "b3",
            Self::W3c => "w3c",
        })
    }
}
