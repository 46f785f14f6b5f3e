//! The result of reading a carrier in one format.

use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};

/// What a carrier contains in one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Absent,
    /// A value that does not follow the grammar, or several contexts.
    Malformed,
    /// A sampling decision without ids, for a trace that begins here.
    Decision(TraceFlags),
    Found(DecodedContext),
}

impl Reading {
    pub(crate) fn of(decoded: Option<DecodedContext>) -> Self {
        decoded.map_or(Self::Malformed, Self::Found)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecodedContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// `None` if the sender leaves the sampling decision to us.
    pub(crate) flags: Option<TraceFlags>,
}

impl From<(TraceId, SpanId, TraceFlags)> for DecodedContext {
    fn from((trace_id, span_id, flags): (TraceId, SpanId, TraceFlags)) -> Self {
        Self {
            trace_id,
            span_id,
            flags: Some(flags),
        }
    }
}
