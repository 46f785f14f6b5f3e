//! How much a tracer keeps and sends at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::delivery::bounds::Bounds;
use crate::delivery::memory::Memory;

/// What [`TracerBuilder`](crate::TracerBuilder) and the configuration set, under the same names.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// In bytes.
    pub(crate) max_tag_value_length: usize,
    /// In bytes.
    pub(crate) max_traceback_length: usize,
    /// Zero is no limit.
    pub(crate) max_tags_per_span: usize,
    /// Zero is no limit.
    pub(crate) max_logs_per_span: usize,
    /// In spans.
    pub(crate) batch_size: usize,
    pub(crate) generate_128bit_trace_id: bool,
    /// Open spans are reported after this time. Zero is never.
    pub(crate) long_open_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_tag_value_length: 1024,
            max_traceback_length: 4096,
            max_tags_per_span: 128,
            max_logs_per_span: 1024,
            batch_size: usize::MAX,
            generate_128bit_trace_id: false,
            long_open_after: Duration::from_secs(10 * 60),
        }
    }
}

impl Limits {
    /// Those for what a span holds.
    pub(crate) fn of_spans(&self, memory: &Arc<Memory>) -> Bounds {
        LONGEST_VALUE.fetch_max(self.max_tag_value_length, Ordering::Relaxed);
        let tags = match self.max_tags_per_span {
            0 => usize::MAX,
            tags => tags,
        };
        Bounds::new(
            tags,
            self.max_logs_per_span,
            self.max_tag_value_length,
            self.max_traceback_length,
            Arc::clone(memory),
        )
    }
}

/// The most bytes of a value in any tracer of this process.
static LONGEST_VALUE: AtomicUsize = AtomicUsize::new(0);

/// The most bytes of a value in any tracer of this process, for a span whose tracer is not known yet.
pub(crate) fn longest_value() -> usize {
    LONGEST_VALUE.load(Ordering::Relaxed)
}
