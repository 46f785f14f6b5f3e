//! For the tests of programs: tracers that keep their spans, and assertions on the trees that these form.
//!
//! * [`#[fedtrace::test]`](crate::test) gives a test a tracer of its own.
//! * [`assert_trace!`] compares its spans with a tree, and shows the difference.
//! * [`TestTracer`] waits for spans, and names those that are open.
//! * [`TestClock`] and [`TestTracerBuilder::seed`] make times and ids the same in each run.
//! * [`SpanTree`] is a text, a value for snapshots, or a place to look for secrets.
//!
//! `docs/testing.md` in the repository has five tests to begin with.

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
