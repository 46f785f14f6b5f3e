//! Spans as OTLP has them, OpenTelemetry's protocol.
//!
//! The mapping is the one with which Jaeger 2 takes thrift in, so that a span reads the same in Jaeger whichever
//! way it came.

mod attributes;
mod request;
mod span;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use request::{RequestSplitter, rejection};
