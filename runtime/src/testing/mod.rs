//! Test helpers: a tracer that keeps its spans, and assertions on the tree that they form.

mod builder;
mod clock;
pub(crate) mod expectation;
mod forest;
#[cfg(any(feature = "serde", feature = "json"))]
mod json;
mod kept_spans;
mod open_span;
pub(crate) mod run;
mod search;
pub(crate) mod tracer;
pub(crate) mod tree;
mod waiting;

pub use builder::TestTracerBuilder;
pub use clock::TestClock;
pub use expectation::assertion::TraceSource;
pub use fedtrace_macros::assert_trace;
pub use open_span::OpenSpan;
pub use tracer::TestTracer;
pub use tree::SpanTree;
