//! Helpers for the tests of the mapping and of requests.

mod mapping;
mod requests;

use std::time::{Duration, UNIX_EPOCH};

use crate::model::finished_span::{FinishedSpan, Reference, ReferenceKind};
use crate::model::id::{SpanId, TraceId};

const TRACE: u128 = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210;
const OTHER_TRACE: u128 = 1;

fn span() -> FinishedSpan {
    let (trace_id, span_id) = (TraceId::new(TRACE).unwrap(), SpanId::new(0xaa).unwrap());
    let start = UNIX_EPOCH + Duration::from_micros(1_600_000_000_000_001);
    FinishedSpan::new(trace_id, span_id, "send_pdu", start, Duration::from_micros(5))
}

fn reference(kind: ReferenceKind, trace_id: u128, span_id: u64) -> Reference {
    Reference {
        kind,
        trace_id: TraceId::new(trace_id).unwrap(),
        span_id: SpanId::new(span_id).unwrap(),
    }
}
