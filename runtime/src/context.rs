//! The identity of a span, as it travels between threads, processes and servers.

use std::fmt;

use crate::baggage::{Baggage, FORCE_TRACING};
use crate::flags::TraceFlags;
use crate::id::{SpanId, TraceId};
use crate::tracer::Tracer;

/// The part of a span that others may refer to: its ids, its flags and its baggage.
///
/// It is cheap to clone and can be sent anywhere, for example along with a message through a channel, so that
/// the receiver can start a span that follows from it.
#[derive(Clone)]
pub struct SpanContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) baggage: Baggage,
    pub(crate) remote: bool,
    /// The tracer of a span of this process: its children are that tracer's too.
    pub(crate) tracer: Option<Tracer>,
}

impl PartialEq for SpanContext {
    fn eq(&self, other: &Self) -> bool {
        let ids = |context: &Self| (context.trace_id, context.span_id, context.flags, context.remote);
        ids(self) == ids(other) && self.baggage == other.baggage
    }
}

impl Eq for SpanContext {}

impl SpanContext {
    /// A context of a span that this process did not start, without baggage.
    pub fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            baggage: Baggage::default(),
            remote: true,
            tracer: None,
        }
    }

    /// The trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The flags of the trace.
    pub fn flags(&self) -> TraceFlags {
        self.flags
    }

    /// Whether the trace is recorded.
    pub fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// Whether the span was started by another process.
    pub fn is_remote(&self) -> bool {
        self.remote
    }

    /// What travels with the trace.
    pub fn baggage(&self) -> &Baggage {
        &self.baggage
    }

    /// Whether somebody forced this trace to be recorded, on this process or on another of our own.
    ///
    /// Synapse marks such traces with the baggage item `synapse-force-tracing`; baggage from other servers is
    /// never taken, so they cannot force anything here.
    #[doc(alias = "is_context_forced_tracing")]
    pub fn is_forced(&self) -> bool {
        self.baggage.get(FORCE_TRACING).is_some()
    }
}

impl fmt::Debug for SpanContext {
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
