//! Fakes and helpers for the behaviour tests.

mod agent;
mod emitted;
pub mod jaeger_query;

pub use agent::FakeAgent;
pub use emitted::{EmittedBatch, tag};
