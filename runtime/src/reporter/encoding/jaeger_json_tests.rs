//! Tests of Jaeger's JSON.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::jaeger_json::{ProcessSpan, traces_as_json};
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference};
use crate::model::id::{SpanId, TraceId};
use crate::model::process::Process;
use crate::model::tag::Tag;

fn span(trace: u128, id: u64, name: &'static str) -> FinishedSpan {
    let start = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_000 + id);
    FinishedSpan::new(
        TraceId::new(trace).unwrap(),
        SpanId::new(id).unwrap(),
        name,
        start,
        Duration::from_nanos(2_500),
    )
}

fn read(spans: &[ProcessSpan<'_>]) -> Value {
    serde_json::from_str(&traces_as_json(spans, 0)).unwrap()
}

#[test]
fn a_value_has_the_type_and_the_form_that_jaeger_gives_it() {
    let mut span = span(1, 2, "typed");
    span.tags = vec![
        Tag::new("text", "</script>\u{2028}"),
        Tag::new("yes", true),
        Tag::new("number", -7),
        Tag::new("largest", i64::MAX),
        Tag::new("half", 0.5),
        Tag::new("nan", f64::NAN),
        Tag::new("bytes", vec![0, 1, 0xff]),
    ];
    let json = read(&[(&Process::new("s", vec![]), &span)]);
    let value = |kind: &str, value: Value| json!([kind, value]);
    let tags = json["data"][0]["spans"][0]["tags"].as_array().unwrap();
    let shown: Vec<Value> = tags
        .iter()
        .map(|tag| json!([tag["type"], tag["value"]]))
        .collect();
    assert_eq!(
        shown,
        [
            value("string", json!("</script>\u{2028}")),
            value("bool", json!(true)),
            value("int64", json!(-7)),
            value("int64", json!("9223372036854775807")),
            value("float64", json!(0.5)),
            value("string", json!("NaN")),
            value("binary", json!("AAH/")),
        ]
    );
}

#[test]
fn spans_of_several_services_are_traces_with_their_processes() {
    let (ours, theirs) = (
        Process::new("ours", vec![Tag::new("hostname", "a")]),
        Process::new("theirs", vec![]),
    );
    let (first, other) = (span(1, 2, "first"), span(9, 4, "other"));
    let mut second = span(1, 3, "second");
    second.parent_span_id = SpanId::new(2);
    second.logs = vec![LogRecord::new(second.start_time, [("event", "retry")])];
    let json = read(&[(&ours, &first), (&theirs, &other), (&theirs, &second)]);
    assert_eq!(json["data"].as_array().unwrap().len(), 2);
    let trace = &json["data"][0];
    assert_eq!(trace["traceID"], "0000000000000001");
    assert_eq!(trace["processes"]["p2"]["serviceName"], "theirs");
    assert_eq!(trace["processes"]["p1"]["tags"][0]["value"], "a");
    let spans = trace["spans"].as_array().unwrap();
    assert_eq!((spans.len(), &spans[1]["processID"]), (2, &json!("p2")));
    assert_eq!(spans[1]["references"][0]["refType"], "CHILD_OF");
    assert_eq!(spans[1]["references"][0]["spanID"], "0000000000000002");
    assert_eq!(spans[1]["startTime"], json!(1_700_000_000_000_003_u64));
    assert_eq!(spans[1]["duration"], 2);
    assert_eq!(spans[1]["logs"][0]["fields"][0]["value"], "retry");
    assert_eq!(json["data"][1]["processes"]["p1"]["serviceName"], "theirs");
}

#[test]
fn a_parent_that_is_a_reference_too_is_said_once() {
    let mut child = span(1, 3, "child");
    child.parent_span_id = SpanId::new(2);
    let id = |id| SpanId::new(id).unwrap();
    child.references = vec![
        Reference::follows_from(child.trace_id, id(8)),
        Reference::child_of(child.trace_id, id(2)),
    ];
    let json = read(&[(&Process::new("s", vec![]), &child)]);
    let references = json["data"][0]["spans"][0]["references"].as_array().unwrap();
    assert_eq!(references.len(), 2);
    assert_eq!(references[0]["refType"], "FOLLOWS_FROM");
}
