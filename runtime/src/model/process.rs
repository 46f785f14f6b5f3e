//! The process that spans come from.

use super::tag::Tag;

/// The process that spans come from: Jaeger's "service".
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Process {
    /// The name under which Jaeger lists the spans.
    pub service_name: String,
    /// Tags that all spans of the process share.
    pub tags: Vec<Tag>,
}

impl Process {
    /// A process with these tags, for the tests of a reporter.
    ///
    /// ```
    /// use fedtrace::Tag;
    /// use fedtrace::reporter::Process;
    ///
    /// let process = Process::new("example.org main", vec![Tag::new("hostname", "matrix-1")]);
    /// assert_eq!(process.service_name, "example.org main");
    /// ```
    pub fn new(service_name: impl Into<String>, tags: Vec<Tag>) -> Self {
        Self {
            service_name: service_name.into(),
            tags,
        }
    }
}

/// The number of spans that the client has lost since it started, as Jaeger's clients report it to their
/// agent. The agent turns it into its metric `jaeger_agent_client_stats_spans_dropped_total`.
///
/// ```
/// use fedtrace::reporter::ClientStats;
///
/// let stats = ClientStats::default().with_full_queue(3).with_too_large(1);
/// assert_eq!(stats.full_queue_dropped_spans, 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClientStats {
    /// Spans lost because the queue was full.
    pub full_queue_dropped_spans: u64,
    /// Spans lost because a single one was larger than the transport's limit.
    pub too_large_dropped_spans: u64,
    /// Spans lost because the transport failed.
    pub failed_to_emit_spans: u64,
}

impl ClientStats {
    /// Sets how many spans were lost because the queue was full.
    #[must_use]
    pub const fn with_full_queue(mut self, spans: u64) -> Self {
        self.full_queue_dropped_spans = spans;
        self
    }

    /// Sets how many spans were lost because one alone was larger than what the transport takes.
    #[must_use]
    pub const fn with_too_large(mut self, spans: u64) -> Self {
        self.too_large_dropped_spans = spans;
        self
    }

    /// Sets how many spans were lost because the transport failed.
    #[must_use]
    pub const fn with_failed(mut self, spans: u64) -> Self {
        self.failed_to_emit_spans = spans;
        self
    }
}
