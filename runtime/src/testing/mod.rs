//! Test helpers: a tracer that keeps its spans, and assertions on the tree that they form.

pub(crate) mod tracer;
pub(crate) mod tree;

pub use tracer::TestTracer;
pub use tree::SpanTree;
