//! Helpers for the tests of the mapping and of requests.

mod answers;
mod mapping;
mod naive;
mod requests;

use std::time::{Duration, UNIX_EPOCH};

use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::attributes::Attributes;
use super::protobuf::Writer;
use super::resource::write_resource;
use super::span::write_span;
use crate::model::finished_span::{FinishedSpan, Reference, ReferenceKind};
use crate::model::id::{SpanId, TraceId};
use crate::model::process::Process;

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

/// What a reader makes of the span that we write.
fn span_of(span: &FinishedSpan) -> Span {
    let mut out = Writer::default();
    write_span(&mut out, span.into(), &mut Attributes::default());
    Span::decode(out.buffer().as_slice()).unwrap()
}

/// What a reader makes of the resource that we write.
fn resource_of(process: &Process) -> Resource {
    let mut out = Writer::default();
    write_resource(&mut out, process);
    Resource::decode(out.buffer().as_slice()).unwrap()
}
