//! Tests that the mapping is the one that Jaeger 2 applies to Thrift, row by row.
//!
//! The names above the tests are functions of `pkg/translator/jaeger` in the repository
//! `opentelemetry-collector-contrib`, v0.140.1, with which Jaeger 2.13 reads Thrift.

use std::time::{Duration, UNIX_EPOCH};

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use super::{OTHER_TRACE, TRACE, reference, resource_of, span, span_of};
use crate::model::finished_span::{LogRecord, ReferenceKind};
use crate::model::id::SpanId;
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue};

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

    finished.duration = Duration::from_nanos(1);
    assert_eq!(span_of(&finished).end_time_unix_nano, 1_600_000_000_000_002_000);
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

/// Our Thrift does the same before a server sees them.
#[test]
fn numbers_that_json_does_not_have_are_text() {
    let span = tagged([("nan", f64::NAN.into()), ("inf", f64::NEG_INFINITY.into())]);
    assert_eq!(
        pairs(span.attributes),
        expected([("nan", text("NaN")), ("inf", text("-inf"))])
    );
}

/// jSpanKindToInternal. There, an unknown kind is lost.
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

/// jThriftLogsToSpanEvents. There, an `event` that is not text is lost.
#[test]
fn log_records_are_events_with_the_field_event_as_their_name() {
    let log = |fields: Vec<Tag>| LogRecord::new(span().start_time, fields);
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
        let mut attributes = pairs(resource_of(&Process::new(service_name, tags)).attributes);
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
