//! The process that spans come from.

use super::tag::Tag;

/// The process that spans come from: Jaeger's "service".
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The name under which Jaeger lists the spans.
    pub service_name: String,
    /// What all spans of the process have in common.
    pub tags: Vec<Tag>,
}

/// What the client has lost since it started, as Jaeger's clients tell their agent: it turns this into its metrics
/// `jaeger_agent_client_stats_spans_dropped_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientStats {
    /// Spans lost because the queue was full.
    pub full_queue_dropped_spans: u64,
    /// Spans lost because one alone was larger than what the transport takes.
    pub too_large_dropped_spans: u64,
    /// Spans lost because the transport failed.
    pub failed_to_emit_spans: u64,
}
