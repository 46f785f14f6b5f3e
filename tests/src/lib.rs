//! Fakes and helpers for the behaviour tests.

mod agent;
mod emitted;
pub mod jaeger_query;
mod jaeger_tree;
mod logged;
mod recorder;

pub use agent::FakeAgent;
pub use emitted::{EmittedBatch, tag};
pub use logged::{keep_log, logged};
pub use recorder::{Spans, record, record_with};
