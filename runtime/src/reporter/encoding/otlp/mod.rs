//! Spans as OTLP has them, OpenTelemetry's protocol.
//!
//! The mapping is the one with which Jaeger 2 takes thrift in, so that a span reads the same in Jaeger whichever
//! way it came.

pub(crate) mod attributes;
pub(crate) mod request;
pub(crate) mod span;
pub(crate) mod status;
#[cfg(test)]
mod tests;
