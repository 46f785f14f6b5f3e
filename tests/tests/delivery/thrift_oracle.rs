//! The bytes on the wire against encoders and decoders that are not ours.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fedtrace::reporter::{Process, Reporter, UdpReporter};
use fedtrace::rustracing::RustracingReporter;
use fedtrace::{FinishedSpan, LogRecord, Reference, SpanId, Tag, TagValue, TraceFlags, TraceId};
use fedtrace_tests::FakeAgent;
use proptest::prelude::*;
use rustracing_jaeger::thrift::jaeger::Batch;
use thrift::protocol::{TBinaryInputProtocol, TCompactInputProtocol, TInputProtocol, TMessageType, TType};
use thrift_codec::data::{Data, Elements, Field, List, Struct};
use thrift_codec::message::Message;
use thrift_codec::{BinaryDecode, BinaryEncode, CompactDecode, CompactEncode};

const SECONDS: Duration = Duration::from_secs(10);

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_600_000_000)
}

fn process() -> Process {
    Process::new("svc", vec![Tag::new("hostname", "h"), Tag::new("pid", 70_000)])
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
                .map(|other| {
                    Reference::follows_from(TraceId::new(other << 64).unwrap(), SpanId::new(7).unwrap())
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
                .map(|index| {
                    LogRecord::new(
                        span.start_time + Duration::from_micros(index),
                        vec![Tag::new("event", "e"), Tag::new("n", index)],
                    )
                })
                .collect();
            span
        })
        .collect()
}

fn packets(reporter: fn(String, u16) -> UdpReporter, spans: &[FinishedSpan]) -> Vec<Vec<u8>> {
    let agent = FakeAgent::start();
    let mut reporter = reporter(agent.host(), agent.port());
    assert_eq!(reporter.report(&process(), spans.into()).sent, spans.len() as u64);
    assert_eq!(agent.spans_within(spans.len(), SECONDS).len(), spans.len());
    agent.packets()
}

/// The batch as the other encoder has it, with what it does not say: the number of the batch and no losses.
fn batch_of_rustracing_jaeger(spans: &[FinishedSpan]) -> Struct {
    let mut batches = Vec::new();
    RustracingReporter::new(|batch: Batch| batches.push(Struct::from(batch)))
        .report(&process(), spans.into());
    let mut fields = batches.remove(0).fields().to_vec();
    fields.push(Field::new(3, 1_i64));
    fields.push(Field::new(4, Struct::from((0_i64, 0_i64, 0_i64))));
    Struct::new(fields)
}

fn message_of_rustracing_jaeger(spans: &[FinishedSpan]) -> Message {
    Message::oneway("emitBatch", 1, Struct::from((batch_of_rustracing_jaeger(spans),)))
}

#[test]
fn a_packet_is_byte_for_byte_what_rustracing_jaeger_writes() {
    let message = message_of_rustracing_jaeger(&spans());
    let (mut compact, mut binary) = (Vec::new(), Vec::new());
    message.compact_encode(&mut compact).unwrap();
    message.binary_encode(&mut binary).unwrap();
    assert_eq!(packets(UdpReporter::new, &spans()), [compact]);
    assert_eq!(packets(UdpReporter::binary, &spans()), [binary]);
}

/// The other encoder leaves empty lists out.
fn without_empty_lists(structure: &Struct) -> Struct {
    let fields = structure.fields().iter().filter_map(|field| {
        let data = match field.data() {
            Data::Struct(inner) => Data::from(without_empty_lists(inner)),
            Data::List(list) if list.is_empty() => return None,
            Data::List(list) => match &**list {
                Elements::Struct(items) => Data::from(List::from(
                    items.iter().map(without_empty_lists).collect::<Vec<_>>(),
                )),
                _ => field.data().clone(),
            },
            data => data.clone(),
        };
        Some(Field::new(field.id(), data))
    });
    Struct::new(fields.collect())
}

fn any_tag() -> impl Strategy<Value = Tag> {
    let value = prop_oneof![
        any::<String>().prop_map(TagValue::from),
        any::<bool>().prop_map(TagValue::from),
        any::<i64>().prop_map(TagValue::from),
        any::<u64>().prop_map(TagValue::from),
        prop::num::f64::NORMAL.prop_map(TagValue::from),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(TagValue::from),
    ];
    (any::<String>(), value).prop_map(|(key, value)| Tag::new(key, value))
}

fn any_span() -> impl Strategy<Value = FinishedSpan> {
    let tags = || prop::collection::vec(any_tag(), 0..5);
    let reference = (any::<bool>(), 1..=u128::MAX, 1..=u64::MAX).prop_map(|(child, trace_id, span_id)| {
        let (trace_id, span_id) = (TraceId::new(trace_id).unwrap(), SpanId::new(span_id).unwrap());
        match child {
            true => Reference::child_of(trace_id, span_id),
            false => Reference::follows_from(trace_id, span_id),
        }
    });
    let ids = (1..=u128::MAX, 1..=u64::MAX, any::<u64>(), any::<u8>());
    let times = (0..1_u64 << 50, any::<u64>());
    let lists = (
        tags(),
        prop::collection::vec((0..1_u64 << 50, tags()), 0..4),
        prop::collection::vec(reference, 0..3),
    );
    (ids, any::<String>(), times, lists).prop_map(|(ids, name, times, lists)| {
        let micros = |micros| UNIX_EPOCH + Duration::from_micros(micros);
        let trace_id = TraceId::new(ids.0).unwrap();
        let span_id = SpanId::new(ids.1).unwrap();
        let duration = Duration::from_micros(times.1 >> 1);
        let mut span = FinishedSpan::new(trace_id, span_id, name, micros(times.0), duration);
        span.parent_span_id = SpanId::new(ids.2);
        span.flags = TraceFlags::from_bits(ids.3);
        span.tags = lists.0;
        span.logs = lists
            .1
            .into_iter()
            .map(|(at, fields)| LogRecord::new(micros(at), fields))
            .collect();
        span.references = lists.2;
        span
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_spans_read_as_rustracing_jaeger_has_them(spans in prop::collection::vec(any_span(), 1..20)) {
        let expected = message_of_rustracing_jaeger(&spans);
        let compact = packets(UdpReporter::new, &spans).remove(0);
        let binary = packets(UdpReporter::binary, &spans).remove(0);
        for message in [
            Message::compact_decode(&mut &*compact).unwrap(),
            Message::binary_decode(&mut &*binary).unwrap(),
        ] {
            prop_assert_eq!(without_empty_lists(message.body()), without_empty_lists(expected.body()));
        }
    }
}

fn read_to_the_end(input: &mut dyn TInputProtocol) {
    let header = input.read_message_begin().unwrap();
    assert_eq!(
        (header.name.as_str(), header.message_type, header.sequence_number),
        ("emitBatch", TMessageType::OneWay, 1)
    );
    input.skip(TType::Struct).unwrap();
    input.read_message_end().unwrap();
    assert!(input.read_byte().is_err(), "bytes after the message");
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
        let compact = packets(UdpReporter::new, &spans).remove(0);
        read_to_the_end(&mut TCompactInputProtocol::new(&mut &*compact));
        let binary = packets(UdpReporter::binary, &spans).remove(0);
        read_to_the_end(&mut TBinaryInputProtocol::new(&mut &*binary, true));
    }
}
