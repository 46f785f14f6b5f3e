//! The tracer, its switch, the global tracer and span contexts.

pub(crate) mod activity;
pub(crate) mod core;
pub(crate) mod errors;
pub(crate) mod global;
pub(crate) mod homeserver_requests;
pub(crate) mod levels;
pub(crate) mod limits;
pub(crate) mod long_open;
#[cfg(any(feature = "metrics", feature = "prometheus"))]
pub(crate) mod metrics;
pub(crate) mod open_spans;
pub(crate) mod redaction;
#[cfg(feature = "page")]
pub(crate) mod reporting;
pub(crate) mod settings;
pub(crate) mod span_context;
pub(crate) mod switch;
pub(crate) mod test_mode;
pub(crate) mod user_code;
pub(crate) mod watcher;
