//! Packets of a limited size.

use std::ops::ControlFlow;

use super::jaeger::{begin_batch, begin_emit_batch, end_batch, end_emit_batch, write_process, write_span};
use super::protocol::Protocol;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::gap::Gap;
use crate::reporter::encoding::shorten::{process_that_fits, shorten_span};
use crate::reporter::encoding::splitter::{Split, Splitter};

/// The kind of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// A call of the agent's `emitBatch`.
    EmitBatch,
    /// A batch alone, as the body of a request to the collector.
    #[cfg_attr(not(any(test, feature = "http-client")), expect(dead_code))]
    Bare,
}

/// Puts spans, in order, into packets of at most `max_packet_size` bytes, each as full as possible.
///
/// Each span is encoded once, at its place in the packet. A span that is too large for one packet is shortened; it is
/// lost only if that is not enough.
#[derive(Debug)]
pub(crate) struct PacketSplitter<P> {
    max_packet_size: usize,
    /// The limit for packets with several spans.
    batch_size: usize,
    envelope: Envelope,
    /// The number of the current packet.
    pub(super) number: i64,
    client_stats: ClientStats,
    process: P,
    /// What stands before and after the spans of the current packet.
    frame: P,
    /// The bytes of the frame that stand before the spans.
    head_len: usize,
    /// The size of the current packet without its spans and their count.
    envelope_len: usize,
    /// A gap for the head, and the spans of the current packet.
    packet: P,
    gap: Gap,
    span_count: usize,
}

impl<P: Protocol> PacketSplitter<P> {
    pub(crate) fn new(envelope: Envelope, max_packet_size: usize) -> Self {
        Self {
            max_packet_size,
            batch_size: usize::MAX,
            envelope,
            number: 1,
            client_stats: ClientStats::default(),
            process: P::default(),
            frame: P::default(),
            head_len: 0,
            envelope_len: 0,
            packet: P::default(),
            gap: Gap::default(),
            span_count: 0,
        }
    }

    fn begin(&mut self, process: &Process) {
        self.write_process(process);
        self.write_frame(u32::MAX, usize::MAX);
        self.gap = Gap::begin(self.packet.buffer(), self.head_len);
        self.begin_packet();
    }

    fn begin_packet(&mut self) {
        self.span_count = 0;
        self.write_frame(self.sequence_id(), 0);
        self.envelope_len = self.frame.buffer().len() - P::struct_list_header_len(0);
    }

    /// Sends the first `spans_len` bytes of the spans, if there are any, and keeps the rest for the next packet.
    fn send_packet(
        &mut self,
        spans_len: usize,
        split: &mut Split,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.span_count == 0 {
            return ControlFlow::Continue(());
        }
        self.write_frame(self.sequence_id(), self.span_count);
        let frame = self.frame.buffer().split_at_checked(self.head_len);
        let (head, tail) = frame.unwrap_or_default();
        let packet = self.packet.buffer();
        send(
            self.gap.complete(packet, spans_len, head, tail),
            self.span_count as u64,
        )?;
        self.gap.keep_rest(packet, spans_len, tail.len());
        split.done += self.span_count;
        self.number = self.number.wrapping_add(1);
        self.begin_packet();
        ControlFlow::Continue(())
    }

    fn write_process(&mut self, process: &Process) {
        let (out, room) = (&mut self.process, self.max_packet_size / 2);
        let process = process_that_fits(process, |process| {
            out.buffer().clear();
            write_process(out, process);
            out.buffer().len() <= room
        });
        out.buffer().clear();
        write_process(out, &process);
    }

    fn sequence_id(&self) -> u32 {
        self.number as u32 & i32::MAX as u32
    }

    fn write_frame(&mut self, sequence_id: u32, span_count: usize) {
        let is_call = self.envelope == Envelope::EmitBatch;
        let out = &mut self.frame;
        out.buffer().clear();
        if is_call {
            begin_emit_batch(out, sequence_id);
        }
        begin_batch(out, self.process.buffer(), span_count);
        self.head_len = out.buffer().len();
        end_batch(out, Some((self.number, self.client_stats)));
        if is_call {
            end_emit_batch(out);
        }
    }

    /// The bytes that are available for the spans of this packet, including one more.
    fn room(&self) -> usize {
        let limit = match self.span_count {
            0 => self.max_packet_size,
            _ => self.max_packet_size.min(self.batch_size),
        };
        limit.saturating_sub(self.envelope_len + P::struct_list_header_len(self.span_count + 1))
    }

    fn spans_len(&mut self) -> usize {
        self.gap.spans_len(self.packet.buffer())
    }

    fn is_too_full(&mut self) -> bool {
        self.spans_len() > self.room()
    }

    /// Writes the only span of a packet again with parts left out. False, and nothing is written, if that is not enough.
    fn shorten(&mut self, span: SpanView<'_>) -> bool {
        let (room, gap) = (self.room(), self.gap);
        let out = &mut self.packet;
        let fits = shorten_span(span, |span| {
            gap.clear(out.buffer());
            write_span(out, span.into());
            gap.spans_len(out.buffer()) <= room
        });
        if !fits {
            gap.clear(out.buffer());
        }
        fits
    }
}

impl<P: Protocol + Send + 'static> Splitter for PacketSplitter<P> {
    fn fresh(&self) -> Box<dyn Splitter> {
        Box::new(Self::new(self.envelope, self.max_packet_size))
    }

    fn set_max_packet_size(&mut self, bytes: usize) {
        self.max_packet_size = bytes;
    }

    fn set_batch_size(&mut self, bytes: usize) {
        self.batch_size = bytes;
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        self.client_stats = stats;
    }

    fn split(
        &mut self,
        process: &Process,
        spans: Spans<'_>,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> Split {
        let mut split = Split::default();
        self.begin(process);
        for span in spans {
            let before = self.spans_len();
            write_span(&mut self.packet, span);
            if self.is_too_full() {
                if self.send_packet(before, &mut split, send).is_break() {
                    return split;
                }
                if self.is_too_full() && !self.shorten(span) {
                    split.too_large += 1;
                    split.done += 1;
                    continue;
                }
            }
            self.span_count += 1;
        }
        let spans_len = self.spans_len();
        if self.send_packet(spans_len, &mut split, send).is_continue() {
            // The memory of one huge span must not stay allocated for the life of the process. A packet and the span that
            // did not fit stay, or each report would allocate them again.
            self.packet
                .buffer()
                .shrink_to(self.max_packet_size.saturating_mul(2));
        }
        split
    }
}
