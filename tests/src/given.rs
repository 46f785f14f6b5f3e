//! Spans that a reporter is given.

use std::time::{Duration, UNIX_EPOCH};

use fedtrace::{FinishedSpan, SpanId, TraceId};

/// So many spans of one trace, which differ in their ids.
pub fn finished_spans(count: u64) -> Vec<FinishedSpan> {
    (1..=count)
        .map(|id| {
            let (trace_id, id) = (TraceId::new(7).unwrap(), SpanId::new(id).unwrap());
            FinishedSpan::new(trace_id, id, "send_pdu", UNIX_EPOCH, Duration::from_micros(5))
        })
        .collect()
}
