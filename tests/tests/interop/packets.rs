//! Packets, read by the code that was generated for the official clients.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fedtrace::reporter::{Process, Reporter, UdpReporter};
use fedtrace::{FinishedSpan, LogRecord, Reference, SpanId, Tag, TraceFlags, TraceId};
use fedtrace_tests::FakeAgent;
use serde_json::{Value, json};

use crate::cases::Rows;
use crate::peers::{Client, request};

const SECONDS: Duration = Duration::from_secs(10);
const START: u64 = 1_600_000_000_000_000;

/// A tag, and what it is on the wire.
fn tags() -> Vec<(Tag, Value)> {
    let bits = |value: f64| json!(format!("{:016x}", value.to_bits()));
    let row = |key: &str, value: fedtrace::TagValue, kind: &str, field: &str, expected: Value| {
        let expected = json!({"key": key, "type": kind, "value": expected, "fields": [field]});
        (Tag::new(key.to_owned(), value), expected)
    };
    let mut rows = Vec::new();
    for text in ["", "text", "žluťoučký kůň 🦀", "a\0b", "\u{ffff}"] {
        rows.push(row("text", text.into(), "STRING", "vStr", json!(text)));
    }
    for value in [true, false] {
        rows.push(row("bool", value.into(), "BOOL", "vBool", json!(value)));
    }
    for value in [0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN] {
        rows.push(row(
            "long",
            value.into(),
            "LONG",
            "vLong",
            json!(value.to_string()),
        ));
    }
    let text = json!(u64::MAX.to_string());
    rows.push(row("too long", u64::MAX.into(), "STRING", "vStr", text));
    for value in [0.0, -0.0, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324] {
        rows.push(row("double", value.into(), "DOUBLE", "vDouble", bits(value)));
    }
    // JSON, which Jaeger answers in, has no such numbers.
    for (value, text) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        rows.push(row("no number", value.into(), "STRING", "vStr", json!(text)));
    }
    for bytes in [vec![], vec![0, 1, 0xff], (0..=255).collect()] {
        let digits: String = bytes.iter().map(|byte: &u8| format!("{byte:02x}")).collect();
        rows.push(row("binary", bytes.into(), "BINARY", "vBinary", json!(digits)));
    }
    rows
}

/// As numbers of 64 bits are on the wire; in text, since JSON in general cannot hold them.
fn signed(number: u64) -> String {
    (number as i64).to_string()
}

fn trace_id(number: u128) -> (TraceId, Value) {
    let id = TraceId::new(number).expect("an id");
    (id, json!([signed(id.high()), signed(id.low())]))
}

fn time(micros: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(micros)
}

/// Spans of every shape, each with what it is on the wire.
fn spans() -> Vec<(FinishedSpan, Value)> {
    let mut spans = Vec::new();
    let ids = [1, 0xabc, u64::MAX.into(), 1 << 64, u128::MAX >> 1, u128::MAX];
    for (number, id) in (0_u64..).zip(ids.repeat(16)) {
        let (trace_id, expected_id) = trace_id(id);
        let span_id = if number % 2 == 0 {
            number + 1
        } else {
            u64::MAX - number
        };
        let name = format!(
            "{} {number}",
            ["send_pdu", "", "přijmi", "a/b"][number as usize % 4]
        );
        let duration = [0, 1, 999_999, 86_400_000_000][number as usize % 4];
        let mut span = FinishedSpan::new(
            trace_id,
            SpanId::new(span_id).expect("an id"),
            name.clone(),
            time(START + number),
            Duration::from_micros(duration),
        );
        let parent = [None, Some(7), None, Some(1 << 63)][number as usize % 4];
        span.parent_span_id = parent.and_then(SpanId::new);
        span.flags = TraceFlags::from_bits([1, 3, 9][number as usize % 3]);
        let references = references(&mut span, number as usize % 3, &expected_id);
        let (tags, expected_tags): (Vec<_>, Vec<_>) = tags()
            .into_iter()
            .cycle()
            .skip(number as usize)
            .take(number as usize % 35)
            .unzip();
        span.tags = tags;
        let mut logs = Vec::new();
        for log in 0..number % 3 {
            let (fields, expected_fields): (Vec<_>, Vec<_>) = tags_of_a_log(number + log).into_iter().unzip();
            let timestamp = START + number + log;
            span.logs.push(LogRecord::new(time(timestamp), fields));
            logs.push(json!({"timestamp": signed(timestamp), "fields": expected_fields}));
        }
        let expected = json!({
            "trace_id": expected_id,
            "span_id": signed(span_id),
            "parent_span_id": signed(parent.unwrap_or_default()),
            "operation_name": name,
            "references": references,
            "flags": span.flags.bits(),
            "start_time": signed(START + number),
            "duration": signed(duration),
            "tags": expected_tags,
            "logs": logs,
        });
        spans.push((span, expected));
    }
    spans
}

fn tags_of_a_log(number: u64) -> Vec<(Tag, Value)> {
    tags().into_iter().skip(number as usize % 20).take(3).collect()
}

/// Adds as many causes. A parent is named among the references only if there are others.
fn references(span: &mut FinishedSpan, count: usize, own_trace: &Value) -> Vec<Value> {
    let mut expected = Vec::new();
    if let (Some(parent), 1..) = (span.parent_span_id, count) {
        let parent = signed(parent.get());
        expected.push(json!({"type": "CHILD_OF", "trace_id": own_trace, "span_id": parent}));
    }
    for (number, other) in (1..).zip([u128::MAX - 1, 5]).take(count) {
        let (trace_id, other) = trace_id(other);
        span.references.push(Reference::follows_from(
            trace_id,
            SpanId::new(number).expect("an id"),
        ));
        expected.push(json!({"type": "FOLLOWS_FROM", "trace_id": other, "span_id": signed(number)}));
    }
    expected
}

/// In the protocol that the client reads.
fn reporter(client: Client, agent: &FakeAgent) -> UdpReporter {
    match client {
        Client::Python => UdpReporter::new(agent.host(), agent.port()),
        Client::Node => UdpReporter::binary(agent.host(), agent.port()),
    }
}

pub(crate) fn they_read_every_field_of_our_packets(client: Client) {
    let mut rows = Rows::of("spans in packets");
    let (process_tags, expected_tags): (Vec<_>, Vec<_>) = tags().into_iter().unzip();
    let process = Process::new("příklad.example main", process_tags);
    let expected_process = json!({"service_name": process.service_name, "tags": expected_tags});
    let (spans, expected): (Vec<_>, Vec<_>) = spans().into_iter().unzip();
    for max_packet_size in [65_000, 18_000, 10_000] {
        let agent = FakeAgent::start();
        let mut reporter = reporter(client, &agent).max_packet_size(max_packet_size);
        let report = reporter.report(&process, (&spans).into());
        rows.assert_eq("sent", report.sent, spans.len() as u64);
        agent.spans_within(spans.len(), SECONDS);
        let mut expected = expected.iter();
        for (number, packet) in (1..).zip(agent.packets()) {
            let packet: String = packet.iter().map(|byte| format!("{byte:02x}")).collect();
            let batch = client.peer().ask(&request("decode", json!({"packet": packet})));
            let row = (client, max_packet_size, number);
            for (key, expected) in [
                ("message", json!("emitBatch")),
                ("is_oneway", json!(true)),
                ("sequence_id", json!(number)),
                ("left", json!(0)),
                ("process", expected_process.clone()),
            ] {
                rows.assert_eq((row, key), &batch[key], &expected);
            }
            for span in batch["spans"].as_array().expect("a list") {
                rows.assert_eq((row, &span["operation_name"]), Some(span), expected.next());
            }
        }
        rows.assert_eq(max_packet_size, expected.next(), None);
    }
    rows.finish();
}
