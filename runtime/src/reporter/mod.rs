//! Reporters: where finished spans go.

pub(crate) mod agent;
#[cfg(feature = "http-client")]
pub(crate) mod collector;
pub(crate) mod composite;
pub(crate) mod console;
pub(crate) mod encoding;
#[cfg(feature = "html")]
pub(crate) mod html;
#[cfg(feature = "html")]
pub(crate) mod jaeger_json;
pub(crate) mod logging;
pub(crate) mod loss_warning;
pub(crate) mod memory;
pub(crate) mod report;
#[cfg(feature = "html")]
pub(crate) mod trace_files;

pub use agent::udp::UdpReporter;
#[cfg(feature = "http-client")]
pub use collector::error::HttpReporterError;
#[cfg(feature = "http-client")]
pub use collector::http::HttpReporter;
pub use composite::CompositeReporter;
pub use console::reporter::ConsoleReporter;
#[cfg(feature = "html")]
pub use html::reporter::HtmlReporter;
#[cfg(feature = "html")]
pub use jaeger_json::JaegerJsonReporter;
pub use logging::LoggingReporter;
pub use memory::MemoryReporter;

pub use crate::delivery::log_view::{LogView, Logs};
pub use crate::delivery::span_view::{SpanView, Spans, SpansIter};
pub use crate::delivery::tag_view::{TagView, Tags, ValueView};
pub use crate::model::process::{ClientStats, Process};
pub use report::{Report, Reporter};
