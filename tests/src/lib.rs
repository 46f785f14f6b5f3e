//! Fakes and helpers for the behaviour tests.

mod agent;
mod allocations;
mod alone;
mod collector;
mod credit_server;
mod emitted;
mod failure;
mod given;
pub mod jaeger_query;
mod jaeger_shown;
mod jaeger_tree;
mod log_lines;
mod peer;
mod polls;
mod recorder;
mod sampling_server;

pub use agent::FakeAgent;
pub use allocations::{CountingAllocator, allocations_in, held_bytes};
pub use alone::{alone, is_alone, run_alone};
pub use collector::{Answer, FakeCollector, Request};
pub use credit_server::FakeCreditServer;
pub use emitted::{EmittedBatch, tag};
pub use failure::failure;
pub use given::{finished_spans, listed_tracer};
pub use log_lines::LogLines;
pub use peer::Peer;
pub use polls::{pause, poll_once};
pub use recorder::{Spans, are_levels_compiled, record, record_with};
pub use sampling_server::{Behaviour, FakeSamplingServer, until};
