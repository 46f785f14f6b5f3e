//! The identity of a span, as it travels between threads, processes and servers.

use std::fmt;

use super::core::Tracer;
use crate::model::baggage::{Baggage, FORCE_TRACING};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::trace_context::{TraceContext, TraceSeed};

/// The part of a span that others may refer to: its ids, its flags and its baggage.
///
/// It is cheap to clone and can be sent anywhere, for example along with a message through a channel, so that
/// the receiver can start a span that follows from it.
#[derive(Clone)]
pub struct SpanContext {
    pub(crate) context: TraceContext,
    /// The tracer of a span of this process: its children are that tracer's too.
    pub(crate) tracer: Option<Tracer>,
}

impl PartialEq for SpanContext {
    fn eq(&self, other: &Self) -> bool {
        self.context == other.context
    }
}

impl Eq for SpanContext {}

impl From<TraceContext> for SpanContext {
    fn from(context: TraceContext) -> Self {
        Self {
            context,
            tracer: None,
        }
    }
}

impl SpanContext {
    /// A context of a span that this process did not start, without baggage.
    pub fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        TraceContext::remote(trace_id, span_id, flags).into()
    }

    /// The same context with this baggage.
    #[must_use]
    pub fn with_baggage(mut self, baggage: Baggage) -> Self {
        self.context.baggage = baggage;
        self
    }

    /// The trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.context.trace_id
    }

    /// The span.
    pub fn span_id(&self) -> SpanId {
        self.context.span_id
    }

    /// The flags of the trace.
    pub fn flags(&self) -> TraceFlags {
        self.context.flags
    }

    /// Whether the trace is recorded.
    pub fn is_sampled(&self) -> bool {
        self.context.flags.is_sampled()
    }

    /// Whether the span was started by another process.
    pub fn is_remote(&self) -> bool {
        self.context.remote
    }

    /// The `jaeger-debug-id` with which one of our own processes asked for a trace, if this is what this context
    /// is. No span has its span id: the trace begins with the first child.
    pub fn debug_id(&self) -> Option<&str> {
        match &self.context.seed {
            Some(TraceSeed::Debug(id)) => Some(id),
            Some(TraceSeed::Baggage) | None => None,
        }
    }

    /// What travels with the trace.
    pub fn baggage(&self) -> &Baggage {
        &self.context.baggage
    }

    /// Whether somebody forced this trace to be recorded, on this process or on another of our own.
    ///
    /// Synapse marks such traces with the baggage item `synapse-force-tracing`; baggage from other servers is
    /// never taken, so they cannot force anything here.
    #[doc(alias = "is_context_forced_tracing")]
    pub fn is_forced(&self) -> bool {
        self.context.baggage.get(FORCE_TRACING).is_some()
    }
}

impl fmt::Debug for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.context.fmt(f)
    }
}
