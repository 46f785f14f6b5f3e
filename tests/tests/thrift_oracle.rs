//! The bytes on the wire against encoders and decoders that are not ours.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fedtrace::reporter::{Process, Reporter, UdpReporter};
use fedtrace::rustracing::RustracingReporter;
use fedtrace::{FinishedSpan, LogRecord, Reference, ReferenceKind, SpanId, Tag, TraceFlags, TraceId};
use fedtrace_tests::FakeAgent;
use rustracing_jaeger::thrift::agent::EmitBatchNotification;
use rustracing_jaeger::thrift::jaeger::Batch;
use thrift::protocol::{TCompactInputProtocol, TInputProtocol, TMessageType, TType};
use thrift_codec::CompactEncode;
use thrift_codec::message::Message;

const SECONDS: Duration = Duration::from_secs(10);

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_600_000_000)
}

fn process() -> Process {
    Process {
        service_name: "svc".to_owned(),
        tags: vec![Tag::new("hostname", "h"), Tag::new("pid", 70_000)],
    }
}

/// Spans without empty lists: the other encoder leaves those out, and all decoders take either.
fn spans() -> Vec<FinishedSpan> {
    (1..=20_u64)
        .map(|number| {
            let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut span = FinishedSpan::new(
                TraceId::new(u128::from(id) << 64 | u128::from(!id)).unwrap(),
                SpanId::new(id).unwrap(),
                "op".repeat(number as usize * 5),
                start() + Duration::from_nanos(number * 1_234_567),
                Duration::from_micros(1 << number),
            );
            span.parent_span_id = (number % 2 == 0).then_some(SpanId::new(!id).unwrap());
            span.flags = TraceFlags::from_bits(number as u8);
            span.references = (1..number as u128 % 4)
                .map(|other| Reference {
                    kind: ReferenceKind::FollowsFrom,
                    trace_id: TraceId::new(other << 64).unwrap(),
                    span_id: SpanId::new(7).unwrap(),
                })
                .collect();
            span.tags = (1..=number)
                .map(|index| match index % 5 {
                    0 => Tag::new("string", "é".repeat(index as usize * 30)),
                    1 => Tag::new("bool", number % 2 == 0),
                    2 => Tag::new("long", i64::MIN >> index),
                    3 => Tag::new("double", 1.0 / index as f64),
                    _ => Tag::new("binary", vec![0xff; index as usize]),
                })
                .collect();
            span.logs = (0..=number % 3)
                .map(|index| LogRecord {
                    time: span.start_time + Duration::from_micros(index),
                    fields: vec![Tag::new("event", "e"), Tag::new("n", index)],
                })
                .collect();
            span
        })
        .collect()
}

fn packets(spans: &[FinishedSpan]) -> Vec<Vec<u8>> {
    let agent = FakeAgent::start();
    let mut reporter = UdpReporter::new(agent.host(), agent.port());
    assert_eq!(reporter.report(&process(), spans).sent, spans.len() as u64);
    assert_eq!(agent.spans_within(spans.len(), SECONDS).len(), spans.len());
    agent.packets()
}

#[test]
fn a_packet_is_byte_for_byte_what_rustracing_jaeger_writes() {
    let mut expected = Vec::new();
    RustracingReporter::new(|batch: Batch| {
        let message = Message::from(EmitBatchNotification { batch });
        // It numbers all its messages 0; ours start at 1.
        let message = Message::oneway(message.method_name(), 1, message.body().clone());
        message.compact_encode(&mut expected).unwrap();
    })
    .report(&process(), &spans());
    assert_eq!(packets(&spans()), [expected]);
}

#[test]
fn apache_thrift_reads_a_packet_to_its_end() {
    let bare = FinishedSpan::new(
        TraceId::new(1).unwrap(),
        SpanId::new(1).unwrap(),
        "",
        start(),
        Duration::ZERO,
    );
    for spans in [spans(), vec![bare]] {
        let packet = packets(&spans).remove(0);
        let mut rest = packet.as_slice();
        let mut input = TCompactInputProtocol::new(&mut rest);
        let header = input.read_message_begin().unwrap();
        assert_eq!(
            (header.name.as_str(), header.message_type, header.sequence_number),
            ("emitBatch", TMessageType::OneWay, 1)
        );
        input.skip(TType::Struct).unwrap();
        input.read_message_end().unwrap();
        drop(input);
        assert!(rest.is_empty());
    }
}
