//! Reporters: where finished spans go.

pub(crate) mod agent;
#[cfg(feature = "http-client")]
pub(crate) mod collector;
pub(crate) mod composite;
pub(crate) mod console;
pub(crate) mod encoding;
pub(crate) mod logging;
pub(crate) mod loss_warning;
pub(crate) mod memory;
pub(crate) mod report;

pub use agent::udp::UdpReporter;
#[cfg(feature = "http-client")]
pub use collector::error::HttpReporterError;
#[cfg(feature = "http-client")]
pub use collector::http::HttpReporter;
pub use composite::CompositeReporter;
pub use console::reporter::ConsoleReporter;
pub use logging::LoggingReporter;
pub use memory::MemoryReporter;

pub use crate::delivery::span_view::{LogView, Logs, SpanView, Spans, SpansIter};
pub use crate::delivery::tag_view::{TagView, Tags, ValueView};
pub use crate::model::process::{ClientStats, Process};
pub use report::{Report, Reporter};
