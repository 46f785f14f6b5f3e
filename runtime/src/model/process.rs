//! The process that spans come from.

use super::tag::Tag;

/// The process that spans come from: Jaeger's "service".
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The name under which Jaeger lists the spans.
    pub service_name: String,
    /// Tags that all spans of the process share.
    pub tags: Vec<Tag>,
}

/// The number of spans that the client has lost since it started, as Jaeger's clients report it to their
/// agent. The agent turns it into its metric `jaeger_agent_client_stats_spans_dropped_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientStats {
    /// Spans lost because the queue was full.
    pub full_queue_dropped_spans: u64,
    /// Spans lost because a single one was larger than the transport's limit.
    pub too_large_dropped_spans: u64,
    /// Spans lost because the transport failed.
    pub failed_to_emit_spans: u64,
}
