//! The identity of a span, which travels between threads, processes and servers.

use std::fmt;

use super::core::Tracer;
use crate::model::baggage::{Baggage, FORCE_TRACING};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::trace_context::{TraceContext, TraceSeed};

/// The part of a span that other spans refer to: its ids, its flags and its baggage.
///
/// It is cheap to clone and can be sent anywhere, for example with a message through a channel, so that the
/// receiver can start a span that follows from it.
#[derive(Clone)]
pub struct SpanContext {
    pub(crate) context: TraceContext,
    /// The tracer of the span, if this process started it. Its children belong to the same tracer.
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
    /// The context of a span of another process, without baggage.
    pub fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        TraceContext::remote(trace_id, span_id, flags.visible()).into()
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

    /// The id of the span.
    pub fn span_id(&self) -> SpanId {
        self.context.span_id
    }

    /// The flags of the trace.
    pub fn flags(&self) -> TraceFlags {
        self.context.flags.visible()
    }

    /// Whether the trace is recorded. It is not yet, if the sender leaves the decision to the span that begins below it here
    /// ([`Propagation::B3`](crate::propagation::Propagation::B3)).
    pub fn is_sampled(&self) -> bool {
        self.context.flags.is_sampled()
    }

    /// Whether another process started the span.
    pub fn is_remote(&self) -> bool {
        self.context.remote
    }

    /// Whether it is that of a span of this process.
    pub(crate) fn is_local(&self) -> bool {
        self.tracer.is_some() && !self.context.remote && self.context.seed.is_none()
    }

    /// The `jaeger-debug-id` with which one of our own processes requested a trace, if this context is such a
    /// request. No span has its span id: the trace begins with the first child.
    pub fn debug_id(&self) -> Option<&str> {
        match &self.context.seed {
            Some(TraceSeed::Debug(id)) => Some(id),
            Some(TraceSeed::Decided(_) | TraceSeed::Baggage) | None => None,
        }
    }

    /// The baggage of the trace.
    pub fn baggage(&self) -> &Baggage {
        &self.context.baggage
    }

    /// Whether this trace was forced to be recorded, in this process or in another of our own.
    ///
    /// Synapse marks such traces with the baggage item `synapse-force-tracing`; baggage from other servers is
    /// ignored, so they cannot force a trace here.
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
