//! The part of a span that travels between threads, processes and servers.

use std::fmt;
use std::sync::Arc;

use super::baggage::Baggage;
use super::flags::TraceFlags;
use super::id::{SpanId, TraceId};
use super::id_generator;

/// The ids, the flags and the baggage of a span.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) baggage: Baggage,
    pub(crate) remote: bool,
    /// The number of the local root, if this process has it.
    pub(crate) local_root: u64,
    /// Whether the sampling decision is left to the span that begins below it here. Then no flags are set.
    pub(crate) is_undecided: bool,
    /// Set if the context does not name a span.
    pub(crate) seed: Option<TraceSeed>,
}

/// A request for a new trace, from a sender that has no span to continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TraceSeed {
    /// The trace must be recorded and tagged with this debug id.
    Debug(Arc<str>),
    /// The sender decided whether the trace is recorded, with these flags, before it had ids for it.
    Decided(TraceFlags),
    /// The trace gets the baggage of the context, and the sampler decides about it.
    Baggage,
}

impl TraceContext {
    /// The context of a span that this process did not start, without baggage.
    pub(crate) fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            baggage: Baggage::default(),
            remote: true,
            local_root: 0,
            is_undecided: false,
            seed: None,
        }
    }

    /// The context of a trace that has not begun, without a span.
    pub(crate) fn of_seed(seed: TraceSeed) -> Self {
        let flags = match seed {
            TraceSeed::Debug(_) => TraceFlags::FORCED,
            TraceSeed::Decided(flags) => flags,
            TraceSeed::Baggage => TraceFlags::NONE,
        };
        Self {
            seed: Some(seed),
            ..Self::remote(id_generator::new_trace_id(false), SpanId::MIN, flags)
        }
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanContext")
            .field("trace_id", &format_args!("{}", self.trace_id))
            .field("span_id", &format_args!("{}", self.span_id))
            .field("flags", &self.flags)
            .field("baggage", &self.baggage)
            .field("remote", &self.remote)
            .finish()
    }
}
