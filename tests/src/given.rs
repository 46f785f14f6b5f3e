//! What tests begin with.

use std::time::{Duration, UNIX_EPOCH};

use fedtrace::testing::TestTracer;
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

/// A tracer that samples everything and lists the homeserver `trusted.example`.
pub fn listed_tracer() -> TestTracer {
    let test = TestTracer::new();
    test.tracer()
        .set_homeserver_whitelist(["trusted.example"])
        .expect("the name of a server is a pattern");
    test
}
