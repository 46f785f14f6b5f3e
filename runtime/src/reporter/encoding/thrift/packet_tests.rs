//! Properties of all packets, for any spans.

use std::ops::ControlFlow;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use thrift_codec::data::{Data, Elements, Struct};
use thrift_codec::message::Message;
use thrift_codec::{BinaryDecode, CompactDecode};

use super::binary::Binary;
use super::compact::Compact;
use super::jaeger::write_span;
use super::packet::{Envelope, PacketSplitter};
use super::protocol::Protocol;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::{FinishedSpan, LogRecord};
use crate::model::id::{SpanId, TraceId};
use crate::model::process::{ClientStats, Process};
use crate::model::tag::Tag;
use crate::reporter::encoding::splitter::{Split, Splitter};

fn process() -> Process {
    Process::new("svc", vec![Tag::new("hostname", "h")])
}

fn span(span_id: u64, tag_lengths: &[usize], log_lengths: &[usize]) -> FinishedSpan {
    let mut span = FinishedSpan::new(
        TraceId::new(1 << 80 | 5).unwrap(),
        SpanId::new(span_id).unwrap(),
        "operation",
        UNIX_EPOCH + Duration::from_secs(1_600_000_000),
        Duration::from_micros(span_id),
    );
    let value = |length: &usize| Tag::new("key", "v".repeat(*length));
    span.tags = tag_lengths.iter().map(value).collect();
    span.logs = log_lengths
        .iter()
        .map(|length| LogRecord::new(span.start_time, vec![value(length)]))
        .collect();
    span
}

/// The protocol and the envelope of a packet, and the first number.
#[derive(Debug, Clone, Copy)]
enum Wire {
    Compact,
    Binary,
    Body,
}

const CLIENT: [(i64, u64); 2] = [(1, 0), (i64::MAX - 100, u64::MAX)];

fn splitter<P: Protocol + Send + 'static>(
    envelope: Envelope,
    max_packet_size: usize,
    (number, lost): (i64, u64),
) -> PacketSplitter<P> {
    let mut splitter = PacketSplitter::new(envelope, max_packet_size);
    splitter.number = number;
    splitter.set_client_stats(ClientStats {
        full_queue_dropped_spans: lost,
        too_large_dropped_spans: lost,
        failed_to_emit_spans: lost,
    });
    splitter
}

type Packets = Vec<(Vec<u8>, u64)>;

fn packets_of<P: Protocol + Send + 'static>(
    mut splitter: PacketSplitter<P>,
    spans: &[FinishedSpan],
) -> (Packets, u64) {
    let mut packets = Vec::new();
    let split = splitter.split(&process(), Spans::from(spans), &mut |packet, span_count| {
        packets.push((packet.to_vec(), span_count));
        ControlFlow::Continue(())
    });
    assert_eq!(split.done, spans.len());
    (packets, split.too_large)
}

fn split_as(
    wire: Wire,
    max_packet_size: usize,
    client: (i64, u64),
    spans: &[FinishedSpan],
) -> (Packets, u64) {
    let call = Envelope::EmitBatch;
    match wire {
        Wire::Compact => packets_of::<Compact>(splitter(call, max_packet_size, client), spans),
        Wire::Binary => packets_of::<Binary>(splitter(call, max_packet_size, client), spans),
        Wire::Body => packets_of::<Binary>(splitter(Envelope::Bare, max_packet_size, client), spans),
    }
}

fn split(max_packet_size: usize, spans: &[FinishedSpan]) -> (Packets, u64) {
    split_as(Wire::Compact, max_packet_size, CLIENT[0], spans)
}

fn field(of: &Struct, id: i16) -> &Data {
    of.fields()
        .iter()
        .find(|field| field.id() == id)
        .expect("a field that is always written")
        .data()
}

fn structs(data: &Data) -> &[Struct] {
    match data {
        Data::List(list) => match &**list {
            Elements::Struct(structs) => structs,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn structure(data: &Data) -> &Struct {
    match data {
        Data::Struct(structure) => structure,
        other => panic!("{other:?}"),
    }
}

fn batch(wire: Wire, mut packet: &[u8]) -> Struct {
    let message = match wire {
        Wire::Compact => Message::compact_decode(&mut packet).unwrap(),
        Wire::Binary => Message::binary_decode(&mut packet).unwrap(),
        Wire::Body => {
            let batch = Struct::binary_decode(&mut packet).unwrap();
            assert!(packet.is_empty(), "{} bytes too many", packet.len());
            return batch;
        }
    };
    assert!(packet.is_empty(), "{} bytes too many", packet.len());
    assert_eq!(message.method_name(), "emitBatch");
    structure(field(message.body(), 1)).clone()
}

fn spans_of(batch: &Struct) -> Vec<Struct> {
    structs(field(batch, 2)).to_vec()
}

fn decoded(packet: &[u8]) -> Vec<Struct> {
    spans_of(&batch(Wire::Compact, packet))
}

fn is_shortened(span: &Struct) -> bool {
    let key = Data::Binary(b"fedtrace.shortened".to_vec());
    structs(field(span, 10)).iter().any(|tag| field(tag, 1) == &key)
}

fn encoded_len(wire: Wire, span: &FinishedSpan) -> usize {
    match wire {
        Wire::Compact => {
            let mut bytes = Compact::default();
            write_span(&mut bytes, SpanView::from(span));
            bytes.buffer().len()
        }
        Wire::Binary | Wire::Body => {
            let mut bytes = Binary::default();
            write_span(&mut bytes, SpanView::from(span));
            bytes.buffer().len()
        }
    }
}

proptest! {
    #[test]
    fn no_packet_is_too_large_and_nothing_that_fits_is_changed_or_lost(
        wire in prop::sample::select(vec![Wire::Compact, Wire::Binary, Wire::Body]),
        client in prop::sample::select(CLIENT.to_vec()),
        max_packet_size in 60_usize..3_000,
        shapes in prop::collection::vec(
            (prop::collection::vec(0_usize..1_500, 0..4), prop::collection::vec(0_usize..1_500, 0..4)),
            0..60,
        ),
    ) {
        let spans: Vec<_> = shapes
            .iter()
            .zip(1..)
            .map(|((tags, logs), span_id)| span(span_id, tags, logs))
            .collect();
        let (packets, too_large) = split_as(wire, max_packet_size, client, &spans);

        let mut received = Vec::new();
        for ((packet, span_count), number) in packets.iter().zip(client.0..) {
            prop_assert!(packet.len() <= max_packet_size);
            let batch = batch(wire, packet);
            prop_assert_eq!(field(&batch, 3), &Data::I64(number));
            let lost = i64::try_from(client.1).unwrap_or(i64::MAX);
            for cause in 1..=3 {
                prop_assert_eq!(field(structure(field(&batch, 4)), cause), &Data::I64(lost));
            }
            let spans = spans_of(&batch);
            prop_assert_eq!(spans.len() as u64, *span_count);
            received.extend(spans);
        }
        prop_assert_eq!(received.len() as u64 + too_large, spans.len() as u64);
        let mut received = received.into_iter().peekable();
        for sent in &spans {
            let id = Data::I64(sent.span_id.get() as i64);
            let arrived = received.next_if(|span| field(span, 3) == &id);
            let alone = split_as(wire, usize::MAX / 4, client, std::slice::from_ref(sent));
            // The numbers of later packets may need a few more bytes.
            let number_len = 2;
            let tight = max_packet_size.saturating_sub(encoded_len(wire, sent) + number_len);
            if tight >= alone.0[0].0.len() - encoded_len(wire, sent) {
                let arrived = arrived.expect("a span that fits arrives, in its order");
                prop_assert!(!is_shortened(&arrived));
                prop_assert_eq!(structs(field(&arrived, 10)).len(), sent.tags.len());
                prop_assert_eq!(structs(field(&arrived, 11)).len(), sent.logs.len());
            } else if alone.0[0].0.len() > max_packet_size {
                prop_assert!(arrived.is_none_or(|arrived| is_shortened(&arrived)));
            }
        }
    }

    #[test]
    fn what_comes_after_a_packet_that_was_not_taken_is_not_done(
        taken in 0_usize..8,
        lengths in prop::collection::vec(0_usize..400, 0..40),
    ) {
        let spans: Vec<_> = lengths.iter().zip(1..).map(|(length, id)| span(id, &[*length], &[])).collect();
        let mut splitter = splitter::<Compact>(Envelope::EmitBatch, 240, CLIENT[0]);
        let mut packets = Vec::new();
        let first = splitter.split(&process(), Spans::from(&spans), &mut |packet, count| {
            if packets.len() == taken {
                return ControlFlow::Break(());
            }
            packets.push((packet.to_vec(), count));
            ControlFlow::Continue(())
        });
        let in_packets = |packets: &Packets| packets.iter().map(|(_, count)| count).sum::<u64>();
        prop_assert_eq!(in_packets(&packets) + first.too_large, first.done as u64);
        let rest = splitter.split(&process(), Spans::from(&spans).skip(first.done), &mut |packet, count| {
            packets.push((packet.to_vec(), count));
            ControlFlow::Continue(())
        });
        prop_assert_eq!(first.done + rest.done, spans.len());
        prop_assert_eq!(in_packets(&packets) + first.too_large + rest.too_large, spans.len() as u64);
        for ((packet, _), number) in packets.iter().zip(1..) {
            let batch = batch(Wire::Compact, packet);
            prop_assert_eq!(field(&batch, 3), &Data::I64(number));
        }
    }
}

#[test]
fn a_packet_is_filled_to_the_last_byte() {
    let spans: Vec<_> = (1..40).map(|id| span(id, &[3], &[])).collect();
    for count in [1, 14, 15, 16, 39] {
        let (packets, _) = split(usize::MAX / 4, &spans[..count]);
        let exact = packets[0].0.len();
        assert_eq!(split(exact, &spans[..count]).0.len(), 1, "{count} spans");
        if count > 1 {
            assert_eq!(split(exact - 1, &spans[..count]).0.len(), 2, "{count} spans");
        }
    }
}

#[test]
fn sequence_ids_start_at_1_and_grow_with_each_packet() {
    let mut splitter = splitter::<Compact>(Envelope::EmitBatch, 200, CLIENT[0]);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let spans = [span(1, &[60], &[]), span(2, &[60], &[])];
        splitter.split(&process(), Spans::from(&spans), &mut |mut packet, _| {
            ids.push(Message::compact_decode(&mut packet).unwrap().sequence_id());
            ControlFlow::Continue(())
        });
    }
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[test]
fn long_values_are_cut_before_logs_and_logs_go_before_tags() {
    let shortened = |span: FinishedSpan, max_packet_size| {
        let (packets, too_large) = split(max_packet_size, &[span]);
        assert_eq!(too_large, 0);
        let span = decoded(&packets[0].0).remove(0);
        assert!(is_shortened(&span));
        (
            structs(field(&span, 10)).len() - 1,
            structs(field(&span, 11)).len(),
        )
    };
    assert_eq!(shortened(span(1, &[10, 90_000], &[10, 90_000]), 65_000), (2, 2));
    assert_eq!(shortened(span(1, &[10; 10], &[10; 1_000]), 1_000), (10, 15));
    assert_eq!(shortened(span(1, &[10; 1_000], &[10; 10]), 1_000), (30, 0));
}

#[test]
fn the_error_tag_outlives_the_other_tags() {
    let mut span = span(1, &[10; 5_000], &[]);
    span.tags.push(Tag::new("error", true));
    let (packets, _) = split(500, &[span]);
    let received = decoded(&packets[0].0).remove(0);
    let last = structs(field(&received, 10)).last().unwrap();
    assert_eq!(field(last, 1), &Data::Binary(b"error".to_vec()));
    assert_eq!(field(last, 5), &Data::Bool(true));
}

#[test]
fn a_process_that_would_fill_the_packets_is_shortened() {
    let process = Process::new(
        "svc",
        (0..200).map(|_| Tag::new("key", "v".repeat(9_000))).collect(),
    );
    let mut packets = Vec::new();
    let mut splitter = splitter::<Compact>(Envelope::EmitBatch, 65_000, CLIENT[0]);
    let split = splitter.split(&process, Spans::from(&[span(1, &[10], &[])]), &mut |packet, _| {
        packets.push(packet.to_vec());
        ControlFlow::Continue(())
    });
    assert_eq!(
        split,
        Split {
            done: 1,
            too_large: 0
        }
    );
    assert!(packets[0].len() <= 65_000);
    assert!(!is_shortened(&decoded(&packets[0])[0]));
}
