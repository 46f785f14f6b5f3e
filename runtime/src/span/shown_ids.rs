//! The ids of a span, for those who only show them.

use super::stack;
use super::stack::ambient;
use crate::model::id::{SpanId, TraceId};
use crate::tracer::global;

/// The ids of a span. It may still get another parent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownIds {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

/// The ids of the active span. It may still get another parent.
pub(crate) fn shown_ids() -> Option<ShownIds> {
    if !global::is_on() {
        return None;
    }
    let active = stack::with(|local| local.shown_ids()).flatten();
    let (trace_id, span_id) = active.or_else(|| Some(ambient::find()?.shown_ids()))?;
    Some(ShownIds { trace_id, span_id })
}
