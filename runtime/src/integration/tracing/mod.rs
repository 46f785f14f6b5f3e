//! A layer for `tracing-subscriber`: the spans and events of `tracing` become spans and log records here.

mod conventions;
mod event;
mod field_name;
mod inside;
mod kept;
mod layer;
mod span_ext;
mod span_fields;
mod target;
mod times;
mod trace_ids;
mod traced_span;

pub use layer::{TracingLayer, tracing_layer};
pub use span_ext::TracingSpanExt;
pub use trace_ids::{WithTraceIds, with_trace_ids, with_trace_ids_in_json};
