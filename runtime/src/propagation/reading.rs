//! What a carrier says in one way of writing contexts.

use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};

/// What a carrier says in one way of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Absent,
    /// Something that does not follow the grammar, or several contexts.
    Wrong,
    Found(Decoded),
}

impl Reading {
    pub(super) fn of(decoded: Option<Decoded>) -> Self {
        decoded.map_or(Self::Wrong, Self::Found)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    /// `None` if the sender leaves it to us whether the trace is recorded.
    pub(super) flags: Option<TraceFlags>,
}

impl From<(TraceId, SpanId, TraceFlags)> for Decoded {
    fn from((trace_id, span_id, flags): (TraceId, SpanId, TraceFlags)) -> Self {
        Self {
            trace_id,
            span_id,
            flags: Some(flags),
        }
    }
}
