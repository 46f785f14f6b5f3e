//! The identity of a span, as it travels between threads, processes and servers.

use std::fmt;
use std::sync::Arc;

use crate::baggage::{Baggage, FORCE_TRACING};
use crate::flags::TraceFlags;
use crate::id::{SpanId, TraceId};
use crate::number;
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
    /// Of a context that names no span.
    pub(crate) beginning: Option<Beginning>,
}

/// What came without a span to continue, and asks for a trace that begins here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// To be recorded, with this debug id.
    Debug(Arc<str>),
    /// With baggage, if the sampler says so.
    Baggage,
}

impl PartialEq for SpanContext {
    fn eq(&self, other: &Self) -> bool {
        let ids = |context: &Self| (context.trace_id, context.span_id, context.flags, context.remote);
        ids(self) == ids(other) && self.baggage == other.baggage && self.beginning == other.beginning
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
            beginning: None,
        }
    }

    /// A context of a trace that is yet to begin, and of no span.
    pub(crate) fn beginning(beginning: Beginning) -> Self {
        let flags = match beginning {
            Beginning::Debug(_) => TraceFlags::FORCED,
            Beginning::Baggage => TraceFlags::NONE,
        };
        Self {
            beginning: Some(beginning),
            ..Self::remote(number::new_trace_id(false), SpanId::MIN, flags)
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

    /// The `jaeger-debug-id` with which one of our own processes asked for a trace, if this is what this context
    /// is. No span has its span id: the trace begins with the first child.
    pub fn debug_id(&self) -> Option<&str> {
        match &self.beginning {
            Some(Beginning::Debug(id)) => Some(id),
            Some(Beginning::Baggage) | None => None,
        }
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
