//! Spans in OTLP, OpenTelemetry's protocol.
//!
//! The mapping is the one that Jaeger 2 applies to Thrift, so that a span looks the same in Jaeger whichever
//! protocol carried it.

pub(crate) mod answer;
pub(crate) mod attributes;
pub(crate) mod protobuf;
pub(crate) mod request;
pub(crate) mod resource;
pub(crate) mod span;
pub(crate) mod span_kind;
pub(crate) mod status;
#[cfg(test)]
mod tests;
