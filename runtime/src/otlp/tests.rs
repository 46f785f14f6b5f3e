//! What Jaeger 2 makes of thrift, row by row; and what is true of all requests, for any spans.
//!
//! The names after the rows are functions of `pkg/translator/jaeger` in the repository
//! `opentelemetry-collector-contrib`, v0.140.1, which Jaeger 2.13 uses to take thrift in.

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use super::request::RequestSplitter;
use super::span::{resource_of, span_of};
use crate::finished::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::id::{SpanId, TraceId};
use crate::reporter::Process;
use crate::tag::{Tag, TagValue};
use crate::thrift::Splitter;

const TRACE: u128 = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210;
const OTHER_TRACE: u128 = 1;

fn span() -> FinishedSpan {
    let (trace_id, span_id) = (TraceId::new(TRACE).unwrap(), SpanId::new(0xaa).unwrap());
    let start = UNIX_EPOCH + Duration::from_micros(1_600_000_000_000_001);
    FinishedSpan::new(trace_id, span_id, "send_pdu", start, Duration::from_micros(5))
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn pairs(attributes: Vec<KeyValue>) -> Vec<(String, Value)> {
    let pair = |attribute: KeyValue| (attribute.key, attribute.value.unwrap().value.unwrap());
    attributes.into_iter().map(pair).collect()
}

fn expected<const N: usize>(attributes: [(&str, Value); N]) -> Vec<(String, Value)> {
    attributes.map(|(key, value)| (key.to_owned(), value)).to_vec()
}

fn tagged<const N: usize>(tags: [(&'static str, TagValue); N]) -> Span {
    let mut span = span();
    span.tags = tags.map(Tag::from).to_vec();
    span_of(&span)
}

fn reference(kind: ReferenceKind, trace_id: u128, span_id: u64) -> Reference {
    Reference {
        kind,
        trace_id: TraceId::new(trace_id).unwrap(),
        span_id: SpanId::new(span_id).unwrap(),
    }
}

/// jThriftSpanToInternal.
#[test]
fn ids_are_big_endian_and_times_are_whole_microseconds_in_nanoseconds() {
    let mut finished = span();
    finished.duration = Duration::from_nanos(5_999);
    finished.start_time += Duration::from_nanos(999);
    let span = span_of(&finished);
    assert_eq!(span.trace_id, TRACE.to_be_bytes());
    assert_eq!(span.span_id, [0, 0, 0, 0, 0, 0, 0, 0xaa]);
    assert_eq!(span.name, "send_pdu");
    assert_eq!(span.start_time_unix_nano, 1_600_000_000_000_001_000);
    assert_eq!(span.end_time_unix_nano, 1_600_000_000_000_006_000);
    assert!(span.parent_span_id.is_empty() && span.links.is_empty() && span.events.is_empty());
    assert_eq!((span.status, span.kind), (None, SpanKind::Unspecified.into()));
}

#[test]
fn a_time_that_otlp_does_not_have_becomes_the_nearest_one() {
    let mut finished = span();
    finished.start_time = UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(span_of(&finished).start_time_unix_nano, 0);
    finished.duration = Duration::MAX;
    assert_eq!(span_of(&finished).end_time_unix_nano, u64::MAX);
}

/// jThriftTagsToInternalAttributes.
#[test]
fn tags_keep_their_types_and_of_equal_keys_the_last_value_in_the_first_place() {
    let span = tagged([
        ("string", "s".into()),
        ("twice", 1.into()),
        ("bool", false.into()),
        ("long", i64::MIN.into()),
        ("double", 0.5.into()),
        ("binary", vec![0_u8, 255].into()),
        ("twice", "last".into()),
    ]);
    let expected = expected([
        ("string", text("s")),
        ("twice", text("last")),
        ("bool", Value::BoolValue(false)),
        ("long", Value::IntValue(i64::MIN)),
        ("double", Value::DoubleValue(0.5)),
        ("binary", Value::BytesValue(vec![0, 255])),
    ]);
    assert_eq!(pairs(span.attributes), expected);
}

/// Our thrift does the same before a server sees them.
#[test]
fn numbers_that_json_does_not_have_are_text() {
    let span = tagged([("nan", f64::NAN.into()), ("inf", f64::NEG_INFINITY.into())]);
    assert_eq!(
        pairs(span.attributes),
        expected([("nan", text("NaN")), ("inf", text("-inf"))])
    );
}

/// jSpanKindToInternal. There, a kind that is not known is lost.
#[test]
fn the_tag_span_kind_is_the_kind_if_it_is_known_and_stays_a_tag_if_not() {
    for (tag, kind) in [
        ("client", SpanKind::Client),
        ("server", SpanKind::Server),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
    ] {
        let span = tagged([("span.kind", tag.into())]);
        assert_eq!((span.kind, span.attributes), (kind.into(), vec![]));
    }
    for unknown in [TagValue::from("Server"), 1.into()] {
        let span = tagged([("span.kind", unknown)]);
        assert_eq!(
            (span.kind, span.attributes.len()),
            (SpanKind::Unspecified.into(), 1)
        );
    }
}

/// setInternalSpanStatus, getStatusCodeFromHTTPStatusAttr, StatusCodeFromHTTP.
#[test]
fn the_status_is_that_of_the_tag_error_else_of_otel_status_code_else_of_a_failed_http_request() {
    use StatusCode::{Error, Ok};
    type Tags = Vec<(&'static str, TagValue)>;
    type Row<'a> = (Tags, Option<(StatusCode, &'a str)>, &'a [&'a str]);
    let rows: Vec<Row<'_>> = vec![
        (vec![("error", true.into())], Some((Error, "")), &[]),
        (vec![("error", false.into())], None, &["error"]),
        (vec![("error", "true".into())], None, &["error"]),
        (
            vec![("error", true.into()), ("otel.status_description", "why".into())],
            Some((Error, "why")),
            &[],
        ),
        (
            vec![("error", true.into()), ("http.status_message", "why".into())],
            Some((Error, "why")),
            &["http.status_message"],
        ),
        (
            vec![("error", true.into()), ("otel.status_code", "OK".into())],
            Some((Error, "")),
            &[],
        ),
        (
            vec![
                ("otel.status_code", "ok".into()),
                ("otel.status_description", "fine".into()),
            ],
            Some((Ok, "fine")),
            &[],
        ),
        (vec![("otel.status_code", "ERROR".into())], Some((Error, "")), &[]),
        // There, this one is lost.
        (
            vec![("otel.status_code", "x".into())],
            None,
            &["otel.status_code"],
        ),
        (
            vec![
                ("otel.status_code", "OK".into()),
                ("http.status_code", 500.into()),
            ],
            Some((Ok, "")),
            &["http.status_code"],
        ),
        (
            vec![
                ("http.status_code", 500.into()),
                ("http.status_message", "oh".into()),
            ],
            Some((Error, "oh")),
            &["http.status_code", "http.status_message"],
        ),
        (
            vec![("http.status_code", "503".into())],
            Some((Error, "")),
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", "five".into())],
            None,
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 5.0.into())],
            None,
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 100.into())],
            None,
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 398.into())],
            None,
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 399.into())],
            Some((Error, "")),
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 99.into())],
            Some((Error, "")),
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 404.into())],
            Some((Error, "")),
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 404.into()), ("span.kind", "client".into())],
            Some((Error, "")),
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 499.into()), ("span.kind", "server".into())],
            None,
            &["http.status_code"],
        ),
        (
            vec![("http.status_code", 500.into()), ("span.kind", "server".into())],
            Some((Error, "")),
            &["http.status_code"],
        ),
    ];
    for (tags, status, left) in rows {
        let mut finished = span();
        finished.tags = tags.into_iter().map(Tag::from).collect();
        let span = span_of(&finished);
        let expected = status.map(|(code, message)| (code.into(), message.to_owned()));
        let found = span.status.map(|status| (status.code, status.message));
        assert_eq!(found, expected, "{:?}", finished.tags);
        let keys: Vec<_> = span.attributes.iter().map(|attribute| &attribute.key).collect();
        assert_eq!(keys, left, "{:?}", finished.tags);
    }
}

/// getTraceStateFromAttrs; there only for spans in Jaeger's protobuf, and the query shows it as a tag again.
#[test]
fn the_tag_w3c_tracestate_is_the_trace_state() {
    let span = tagged([("w3c.tracestate", "a=b".into())]);
    assert_eq!((&*span.trace_state, span.attributes), ("a=b", vec![]));
}

/// jThriftSpanParentID.
#[test]
fn the_parent_is_what_the_span_says_else_a_reference_to_its_own_trace() {
    use ReferenceKind::{ChildOf, FollowsFrom};
    let (follows, child) = (reference(FollowsFrom, TRACE, 2), reference(ChildOf, TRACE, 3));
    let elsewhere = reference(ChildOf, OTHER_TRACE, 4);
    for (said, references, parent) in [
        (Some(1), vec![follows, child], Some(1_u64)),
        (None, vec![elsewhere, follows, child], Some(3)),
        (None, vec![elsewhere, follows], Some(2)),
        (None, vec![elsewhere], None),
        (None, vec![], None),
    ] {
        let mut finished = span();
        finished.parent_span_id = said.and_then(SpanId::new);
        finished.references = references;
        let expected = parent.map_or_else(Vec::new, |id| id.to_be_bytes().to_vec());
        assert_eq!(span_of(&finished).parent_span_id, expected);
    }
}

/// jThriftReferencesToSpanLinks, jThriftRefTypeToAttribute.
#[test]
fn references_are_links_with_their_kind_except_the_one_that_is_a_child_of_the_parent() {
    use ReferenceKind::{ChildOf, FollowsFrom};
    let mut finished = span();
    finished.parent_span_id = SpanId::new(1);
    finished.references = vec![
        reference(ChildOf, TRACE, 1),
        reference(FollowsFrom, TRACE, 1),
        reference(ChildOf, OTHER_TRACE, 9),
        reference(FollowsFrom, TRACE, 2),
    ];
    let links = span_of(&finished).links.into_iter().map(|link| {
        let trace_id = u128::from_be_bytes(link.trace_id.try_into().unwrap());
        let span_id = u64::from_be_bytes(link.span_id.try_into().unwrap());
        (trace_id, span_id, pairs(link.attributes))
    });
    let kind = |kind| expected([("opentracing.ref_type", text(kind))]);
    assert_eq!(
        links.collect::<Vec<_>>(),
        [
            (TRACE, 1, kind("follows_from")),
            (OTHER_TRACE, 9, kind("child_of")),
            (TRACE, 2, kind("follows_from")),
        ]
    );
}

/// jThriftLogsToSpanEvents. There, an `event` that is no text is lost.
#[test]
fn log_records_are_events_with_the_field_event_as_their_name() {
    let log = |fields: Vec<Tag>| LogRecord {
        time: span().start_time,
        fields,
    };
    let mut finished = span();
    finished.logs = vec![
        log(vec![Tag::new("event", "error"), Tag::new("attempt", 3)]),
        log(vec![Tag::new("event", 7)]),
        log(vec![]),
    ];
    let events = span_of(&finished).events.into_iter().map(|event| {
        assert_eq!(event.time_unix_nano, 1_600_000_000_000_001_000);
        (event.name, pairs(event.attributes))
    });
    assert_eq!(
        events.collect::<Vec<_>>(),
        [
            ("error".to_owned(), expected([("attempt", Value::IntValue(3))])),
            (String::new(), expected([("event", Value::IntValue(7))])),
            (String::new(), vec![]),
        ]
    );
}

/// jThriftProcessToInternalResource, translateHostnameAttr, translateJaegerVersionAttr.
#[test]
fn the_process_is_the_resource_under_opentelemetrys_names() {
    let resource = |service_name: &str, tags: Vec<Tag>| {
        let mut attributes = pairs(
            resource_of(&Process {
                service_name: service_name.to_owned(),
                tags,
            })
            .attributes,
        );
        attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        attributes
    };
    assert_eq!(
        resource(
            "example.org master",
            vec![
                Tag::new("hostname", "h"),
                Tag::new("jaeger.version", "fedtrace-1"),
                Tag::new("ip", "::1"),
            ]
        ),
        expected([
            ("host.name", text("h")),
            ("ip", text("::1")),
            ("opencensus.exporterversion", text("Jaeger-fedtrace-1")),
            ("service.name", text("example.org master")),
        ])
    );
    assert_eq!(
        resource(
            "s",
            vec![Tag::new("hostname", "h"), Tag::new("host.name", "other")]
        ),
        expected([
            ("host.name", text("other")),
            ("hostname", text("h")),
            ("service.name", text("s"))
        ])
    );
    assert_eq!(
        resource("s", vec![Tag::new("service.name", "tag")]),
        expected([("service.name", text("tag"))])
    );
    assert_eq!(resource("", vec![]), []);
}

fn process(tag_length: usize) -> Process {
    Process {
        service_name: "svc".to_owned(),
        tags: vec![Tag::new("hostname", "h".repeat(tag_length))],
    }
}

type Bodies = Vec<(Vec<u8>, u64)>;

fn split(max_size: usize, process: &Process, spans: &[FinishedSpan]) -> (Bodies, u64) {
    let mut bodies = Vec::new();
    let split = RequestSplitter::new(max_size).split(process, spans, &mut |body, count| {
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
    let split = RequestSplitter::new(200).split(&process(1), &spans, &mut |_, _| {
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
    vec(
        (key, any_value()).prop_map(|(key, value)| Tag::new(key, value)),
        0..6,
    )
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
        span.logs = logs.into_iter().map(|(time, fields)| LogRecord { time, fields }).collect();
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
                // A shortened one was too large to share a request as it was.
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
    fn any_span_reads_back_as_it_was_written(finished in any_span()) {
        let (bodies, _) = split(usize::MAX / 2, &process(1), std::slice::from_ref(&finished));
        prop_assert_eq!(spans_in(&bodies[0].0), [span_of(&finished)]);
    }
}
