//! Packets of a limited size.

use super::jaeger::{write_emit_batch, write_span};
use super::protocol::Protocol;
use super::shorten::{write_process_within, write_shortened_span};
use crate::finished::FinishedSpan;
use crate::reporter::Process;

/// Puts spans, in their order, into `emitBatch` packets of at most `max_packet_size` bytes, each as full as can
/// be.
///
/// Each span is encoded once. One that is too large for a packet of its own is shortened; only if that is not
/// enough is it lost.
#[derive(Debug)]
pub(crate) struct PacketSplitter<P> {
    max_packet_size: usize,
    sequence_id: u32,
    process: P,
    /// The spans of the packet that is not yet full.
    spans: P,
    span_count: usize,
    /// The size of that packet without its spans and their number.
    envelope_len: usize,
    packet: P,
}

impl<P: Protocol> PacketSplitter<P> {
    pub(crate) fn new(max_packet_size: usize) -> Self {
        Self {
            max_packet_size,
            sequence_id: 1,
            process: P::default(),
            spans: P::default(),
            span_count: 0,
            envelope_len: 0,
            packet: P::default(),
        }
    }

    /// Calls `send` with each packet and the number of its spans, and returns how many spans no packet could
    /// hold.
    pub(crate) fn split(
        &mut self,
        process: &Process,
        spans: &[FinishedSpan],
        mut send: impl FnMut(&[u8], u64),
    ) -> u64 {
        let mut too_large = 0;
        self.span_count = 0;
        self.spans.buffer().clear();
        self.process.buffer().clear();
        write_process_within(&mut self.process, process, self.max_packet_size / 2);
        self.start_packet();

        for span in spans {
            let before = self.spans.buffer().len();
            write_span(&mut self.spans, span);
            if self.spans.buffer().len() > self.room() {
                self.send_packet(before, &mut send);
                if self.spans.buffer().len() > self.room() {
                    self.spans.buffer().clear();
                    let room = self.room();
                    if !write_shortened_span(&mut self.spans, span, room) {
                        too_large += 1;
                        continue;
                    }
                }
            }
            self.span_count += 1;
        }
        let end = self.spans.buffer().len();
        self.send_packet(end, &mut send);
        // One huge span must not keep its memory for the rest of the process.
        self.spans.buffer().shrink_to(self.max_packet_size);
        too_large
    }

    /// Sends the first `end` bytes of the spans, unless there are none, and keeps the rest for the next packet.
    fn send_packet(&mut self, end: usize, send: &mut impl FnMut(&[u8], u64)) {
        if self.span_count == 0 {
            return;
        }
        self.packet.buffer().clear();
        write_emit_batch(
            &mut self.packet,
            self.sequence_id,
            self.process.buffer(),
            self.span_count,
            self.spans.buffer().get(..end).unwrap_or_default(),
        );
        send(self.packet.buffer(), self.span_count as u64);
        self.spans.buffer().drain(..end);
        self.span_count = 0;
        self.sequence_id = self.sequence_id.wrapping_add(1);
        self.start_packet();
    }

    fn start_packet(&mut self) {
        self.packet.buffer().clear();
        write_emit_batch(&mut self.packet, self.sequence_id, self.process.buffer(), 0, &[]);
        self.envelope_len = self.packet.buffer().len() - P::struct_list_header_len(0);
    }

    /// How many bytes the spans of this packet and one more may have.
    fn room(&self) -> usize {
        self.max_packet_size
            .saturating_sub(self.envelope_len + P::struct_list_header_len(self.span_count + 1))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;
    use thrift_codec::CompactDecode;
    use thrift_codec::data::{Data, Elements, Struct};
    use thrift_codec::message::Message;

    use super::super::Compact;
    use super::*;
    use crate::finished::LogRecord;
    use crate::id::{SpanId, TraceId};
    use crate::tag::Tag;

    fn process() -> Process {
        Process {
            service_name: "svc".to_owned(),
            tags: vec![Tag::new("hostname", "h")],
        }
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
            .map(|length| LogRecord {
                time: span.start_time,
                fields: vec![value(length)],
            })
            .collect();
        span
    }

    fn split(max_packet_size: usize, spans: &[FinishedSpan]) -> (Vec<(Vec<u8>, u64)>, u64) {
        let mut packets = Vec::new();
        let too_large =
            PacketSplitter::<Compact>::new(max_packet_size).split(&process(), spans, |packet, span_count| {
                packets.push((packet.to_vec(), span_count))
            });
        (packets, too_large)
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

    fn decoded(mut packet: &[u8]) -> Vec<Struct> {
        let message = Message::compact_decode(&mut packet).unwrap();
        assert!(packet.is_empty(), "{} bytes too many", packet.len());
        assert_eq!(message.method_name(), "emitBatch");
        structs(field(structure(field(message.body(), 1)), 2)).to_vec()
    }

    fn is_shortened(span: &Struct) -> bool {
        let key = Data::Binary(b"fedtrace.shortened".to_vec());
        structs(field(span, 10)).iter().any(|tag| field(tag, 1) == &key)
    }

    fn fits_alone(max_packet_size: usize, span: &FinishedSpan) -> bool {
        let mut bytes = Compact::default();
        write_span(&mut bytes, span);
        let envelope = split(usize::MAX / 4, std::slice::from_ref(span)).0[0].0.len() - bytes.buffer().len();
        envelope + bytes.buffer().len() <= max_packet_size
    }

    proptest! {
        #[test]
        fn no_packet_is_too_large_and_nothing_that_fits_is_changed_or_lost(
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
            let (packets, too_large) = split(max_packet_size, &spans);

            let mut received = Vec::new();
            for (packet, span_count) in &packets {
                prop_assert!(packet.len() <= max_packet_size);
                let spans = decoded(packet);
                prop_assert_eq!(spans.len() as u64, *span_count);
                received.extend(spans);
            }
            prop_assert_eq!(received.len() as u64 + too_large, spans.len() as u64);
            let mut received = received.into_iter().peekable();
            for sent in &spans {
                let id = Data::I64(sent.span_id.get() as i64);
                let arrived = received.next_if(|span| field(span, 3) == &id);
                if fits_alone(max_packet_size, sent) {
                    let arrived = arrived.expect("a span that fits arrives, in its order");
                    prop_assert!(!is_shortened(&arrived));
                    prop_assert_eq!(structs(field(&arrived, 10)).len(), sent.tags.len());
                    prop_assert_eq!(structs(field(&arrived, 11)).len(), sent.logs.len());
                } else if let Some(arrived) = arrived {
                    prop_assert!(is_shortened(&arrived));
                }
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
        let mut splitter = PacketSplitter::<Compact>::new(200);
        let mut ids = Vec::new();
        for _ in 0..2 {
            let spans = [span(1, &[60], &[]), span(2, &[60], &[])];
            splitter.split(&process(), &spans, |mut packet, _| {
                ids.push(Message::compact_decode(&mut packet).unwrap().sequence_id());
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
        let process = Process {
            service_name: "svc".to_owned(),
            tags: (0..200).map(|_| Tag::new("key", "v".repeat(9_000))).collect(),
        };
        let mut packets = Vec::new();
        let too_large =
            PacketSplitter::<Compact>::new(65_000).split(&process, &[span(1, &[10], &[])], |packet, _| {
                packets.push(packet.to_vec())
            });
        assert_eq!(too_large, 0);
        assert!(packets[0].len() <= 65_000);
        assert!(!is_shortened(&decoded(&packets[0])[0]));
    }
}
