//! Properties of all requests, for any spans.

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use super::super::request::RequestSplitter;
use super::{naive, reference, span, span_of};
use crate::delivery::span_view::Spans;
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::model::id::{SpanId, TraceId};
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue};
use crate::reporter::encoding::splitter::Splitter;

fn process(tag_length: usize) -> Process {
    Process::new("svc", vec![Tag::new("hostname", "h".repeat(tag_length))])
}

type Bodies = Vec<(Vec<u8>, u64)>;

fn split(max_size: usize, process: &Process, spans: &[FinishedSpan]) -> (Bodies, u64) {
    let mut bodies = Vec::new();
    let split = RequestSplitter::new(max_size).split(process, Spans::from(spans), &mut |body, count| {
        bodies.push((body.to_vec(), count));
        ControlFlow::Continue(())
    });
    assert_eq!(split.done, spans.len());
    (bodies, split.too_large)
}

fn spans_in(body: &[u8]) -> Vec<Span> {
    let mut request = ExportTraceServiceRequest::decode(body).unwrap();
    assert_eq!(request.resource_spans.len(), 1);
    let mut resource_spans = request.resource_spans.remove(0);
    assert!(resource_spans.resource.is_some());
    assert_eq!(resource_spans.scope_spans.len(), 1);
    resource_spans.scope_spans.remove(0).spans
}

#[test]
fn a_span_that_is_too_large_alone_is_shortened_and_one_that_cannot_be_is_counted() {
    let mut long = span();
    long.tags = vec![Tag::new("key", "v".repeat(10_000))];
    let mut hopeless = span();
    hopeless.tags = vec![Tag::new("k".repeat(10_000), 1), Tag::new("error", true)];
    hopeless.operation_name = "o".repeat(10_000).into();
    let (bodies, too_large) = split(400, &process(1), &[long.clone(), hopeless.clone(), span()]);
    assert_eq!(too_large, 0);
    let spans: Vec<_> = bodies.iter().flat_map(|(body, _)| spans_in(body)).collect();
    assert_eq!(spans.len(), 3);
    let is_shortened = |span: &Span| span.attributes.iter().any(|tag| tag.key == "fedtrace.shortened");
    assert!(is_shortened(&spans[0]) && is_shortened(&spans[1]) && !is_shortened(&spans[2]));
    assert_eq!(split(60, &process(1), &[long, hopeless]), (vec![], 2));
}

#[test]
fn what_is_not_taken_is_not_done() {
    let spans = vec![span(); 10];
    let mut requests = 0;
    let split = RequestSplitter::new(200).split(&process(1), Spans::from(&spans), &mut |_, _| {
        requests += 1;
        match requests {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    assert_eq!(requests, 2);
    assert!(split.done > 0 && split.done < 10);
}

fn any_value() -> impl Strategy<Value = TagValue> {
    prop_oneof![
        ".{0,40}".prop_map(TagValue::from),
        any::<bool>().prop_map(TagValue::from),
        any::<i64>().prop_map(TagValue::from),
        any::<f64>().prop_map(TagValue::from),
        vec(any::<u8>(), 0..40).prop_map(TagValue::from),
    ]
}

fn any_tags() -> impl Strategy<Value = Vec<Tag>> {
    let special = prop::sample::select(vec![
        "error",
        "event",
        "span.kind",
        "otel.status_code",
        "otel.status_description",
        "http.status_code",
        "http.status_message",
        "w3c.tracestate",
        "hostname",
        "jaeger.version",
        "service.name",
    ]);
    let key = prop_oneof![special.prop_map(str::to_owned), ".{0,10}"];
    let tag = (key, any_value())
        .prop_map(|(key, value)| Tag::new(key, value))
        .boxed();
    // Equal keys are found in another way if there are many tags.
    prop_oneof![4 => vec(tag.clone(), 0..6), 1 => vec(tag, 17..40)]
}

fn any_time() -> impl Strategy<Value = SystemTime> {
    any::<i32>().prop_map(|seconds| match seconds {
        0.. => UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs().into()),
        _ => UNIX_EPOCH - Duration::from_secs(seconds.unsigned_abs().into()),
    })
}

fn any_reference() -> impl Strategy<Value = Reference> {
    let kind = prop::sample::select(vec![ReferenceKind::ChildOf, ReferenceKind::FollowsFrom]);
    (kind, 1..3_u128, 1..4_u64).prop_map(|(kind, trace_id, span_id)| reference(kind, trace_id, span_id))
}

prop_compose! {
    fn any_span()(
        trace_id in 1..3_u128,
        span_id in 1..=u64::MAX,
        parent in 0..3_u64,
        name in ".{0,60}",
        start_time in any_time(),
        duration in any::<u64>(),
        tags in any_tags(),
        logs in vec((any_time(), any_tags()), 0..3),
        references in vec(any_reference(), 0..4),
    ) -> FinishedSpan {
        let (trace_id, span_id) = (TraceId::new(trace_id).unwrap(), SpanId::new(span_id).unwrap());
        let mut span = FinishedSpan::new(trace_id, span_id, name, start_time, Duration::from_nanos(duration));
        span.parent_span_id = SpanId::new(parent);
        span.tags = tags;
        span.logs = logs.into_iter().map(|(time, fields)| LogRecord::new(time, fields)).collect();
        span.references = references;
        span
    }
}

proptest! {
    #[test]
    fn any_spans_arrive_in_order_in_requests_that_are_small_enough_and_as_full_as_can_be(
        spans in vec(any_span(), 0..12),
        process_tag in 0..300_usize,
        max_size in 400..4_000_usize,
    ) {
        let (bodies, too_large) = split(max_size, &process(process_tag), &spans);
        let mut arrived = Vec::new();
        let mut bodies = bodies.iter().peekable();
        while let Some((body, count)) = bodies.next() {
            prop_assert!(body.len() <= max_size);
            let spans = spans_in(body);
            prop_assert_eq!(spans.len() as u64, *count);
            if let Some((next, _)) = bodies.peek() {
                let next = spans_in(next).remove(0);
                // A shortened span was too large to share a request before it was shortened.
                let is_shortened = next.attributes.iter().any(|tag| tag.key == "fedtrace.shortened");
                let mut request = ExportTraceServiceRequest::decode(&**body).unwrap();
                request.resource_spans[0].scope_spans[0].spans.push(next);
                prop_assert!(is_shortened || request.encoded_len() > max_size);
            }
            arrived.extend(spans);
        }
        prop_assert_eq!(arrived.len() as u64 + too_large, spans.len() as u64);
        if too_large == 0 {
            let ids = |span: &Span| (span.trace_id.clone(), span.span_id.clone());
            let expected: Vec<_> = spans.iter().map(|span| ids(&span_of(span))).collect();
            prop_assert_eq!(arrived.iter().map(ids).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn the_bytes_are_those_that_prost_writes(spans in vec(any_span(), 1..5), tags in any_tags(), name in ".{0,5}") {
        let process = Process::new(name, tags);
        let (bodies, _) = split(usize::MAX / 4, &process, &spans);
        let scope_spans = ScopeSpans {
            spans: spans.iter().map(naive::span_of).collect(),
            ..ScopeSpans::default()
        };
        let resource_spans = ResourceSpans {
            resource: Some(naive::resource_of(&process)),
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        };
        let expected = ExportTraceServiceRequest {
            resource_spans: vec![resource_spans],
        };
        prop_assert_eq!(&ExportTraceServiceRequest::decode(&*bodies[0].0).unwrap(), &expected);
        prop_assert_eq!(&bodies[0].0, &expected.encode_to_vec());
    }
}
