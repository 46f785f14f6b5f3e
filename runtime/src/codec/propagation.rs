//! The formats of span contexts, by their names in the configuration.

use std::fmt;
use std::str::FromStr;

use super::carrier::{Carrier, CarrierValue, Format, single};
use super::decoded_context::{DecodedContext, Reading};
use super::header_names::HeaderNames;
use super::{b3, jaeger, w3c};
use crate::model::flags::TraceFlags;
use crate::model::trace_context::TraceContext;

/// A format of span contexts, under the name that Jaeger's clients use for it in `propagation`.
///
/// In every format, baggage for our own processes is written as `uberctx-*`, and a debug id is read.
///
/// It is parsed from its name, in upper or lower case.
///
/// ```
/// use fedtrace::propagation::Propagation;
///
/// assert_eq!("w3c".parse(), Ok(Propagation::W3c));
/// assert_eq!(Propagation::W3c.to_string(), "w3c");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagation {
    /// `uber-trace-id`, Jaeger's own.
    Jaeger,
    /// Zipkin's format. It writes `x-b3-traceid`, `x-b3-spanid` and `x-b3-sampled`, with `x-b3-flags` for
    /// debug. It reads those and the single header `b3`, which wins if both are present.
    ///
    /// If the sender leaves the sampling decision to us, our sampler makes it, for one of our own processes when the span
    /// starts; Jaeger's client for Python does so for all unsampled traces. A decision without ids (`b3: 0`, or
    /// `x-b3-sampled` alone) is a decision about the trace that begins here.
    B3,
    /// The W3C's `traceparent`. Between our own processes, the members of `tracestate` are passed on unchanged.
    W3c,
}

impl Propagation {
    /// One of a list in the configuration, perhaps with spaces around it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        name.trim().parse().ok()
    }

    pub(crate) fn read<C: Carrier + ?Sized>(self, carrier: &C, names: &HeaderNames) -> Reading {
        let (name, decode): (_, fn(&str, Format) -> Option<DecodedContext>) = match self {
            Self::Jaeger => (&*names.trace_context, |text, format| {
                jaeger::decode(text, format).map(DecodedContext::from)
            }),
            Self::W3c => (w3c::TRACEPARENT, |text, _| w3c::decode(text)),
            Self::B3 => return b3::read(carrier),
        };
        match single(carrier, name) {
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

impl FromStr for Propagation {
    type Err = ParsePropagationError;

    // Java's client has the names in capitals.
    fn from_str(name: &str) -> Result<Self, ParsePropagationError> {
        [Self::Jaeger, Self::B3, Self::W3c]
            .into_iter()
            .find(|known| name.eq_ignore_ascii_case(&known.to_string()))
            .ok_or(ParsePropagationError(()))
    }
}

/// A text that names no [`Propagation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsePropagationError(());

impl fmt::Display for ParsePropagationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a propagation is `jaeger`, `b3` or `w3c`")
    }
}

impl std::error::Error for ParsePropagationError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_propagation_is_parsed_from_its_name_in_any_case() {
        for known in [Propagation::Jaeger, Propagation::B3, Propagation::W3c] {
            assert_eq!(known.to_string().parse(), Ok(known));
            assert_eq!(known.to_string().to_uppercase().parse(), Ok(known));
        }
        for unknown in ["", " b3", "b3,w3c", "zipkin"] {
            let error = unknown.parse::<Propagation>().unwrap_err();
            assert_eq!(error.to_string(), "a propagation is `jaeger`, `b3` or `w3c`");
        }
    }
}
