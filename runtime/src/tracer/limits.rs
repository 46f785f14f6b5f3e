//! How much a tracer keeps and sends at a time.

use crate::delivery::logs::LogLimits;

/// What [`TracerBuilder`](crate::TracerBuilder) and the configuration set, under the same names.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// In bytes.
    pub(crate) max_tag_value_length: usize,
    /// In bytes.
    pub(crate) max_traceback_length: usize,
    /// Zero is no limit.
    pub(crate) max_logs_per_span: usize,
    /// In spans.
    pub(crate) batch_size: usize,
    pub(crate) generate_128bit_trace_id: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_tag_value_length: 1024,
            max_traceback_length: 4096,
            max_logs_per_span: 1024,
            batch_size: usize::MAX,
            generate_128bit_trace_id: false,
        }
    }
}

impl Limits {
    /// Those for the log records of a span.
    pub(crate) fn of_logs(&self) -> LogLimits {
        LogLimits {
            records: self.max_logs_per_span,
            value: self.max_tag_value_length,
            traceback: self.max_traceback_length,
        }
    }
}
