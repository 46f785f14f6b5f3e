//! The mapping as types of `opentelemetry-proto`: what our bytes are compared with.

mod attributes;
mod span;
mod status;

pub(super) use span::{resource_of, span_of};
