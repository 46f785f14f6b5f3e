//! Packets of a limited size.

use std::ops::ControlFlow;

use super::jaeger::{Batch, write_batch, write_emit_batch, write_process, write_span};
use super::protocol::Protocol;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::process::{ClientStats, Process};
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
/// Each span is encoded once. A span that is too large for one packet is shortened; it is lost only if that
/// is not enough.
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
    /// The spans of the current packet.
    spans: P,
    span_count: usize,
    /// The size of the current packet without its spans and their count.
    envelope_len: usize,
    packet: P,
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
            spans: P::default(),
            span_count: 0,
            envelope_len: 0,
            packet: P::default(),
        }
    }

    /// Sends the first `end` bytes of the spans, if there are any, and keeps the rest for the next packet.
    fn send_packet(
        &mut self,
        end: usize,
        split: &mut Split,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.span_count == 0 {
            return ControlFlow::Continue(());
        }
        self.write_packet(self.span_count, end);
        send(self.packet.buffer(), self.span_count as u64)?;
        split.done += self.span_count;
        self.spans.buffer().drain(..end);
        self.span_count = 0;
        self.number = self.number.wrapping_add(1);
        self.start_packet();
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

    fn start_packet(&mut self) {
        self.write_packet(0, 0);
        self.envelope_len = self.packet.buffer().len() - P::struct_list_header_len(0);
    }

    fn write_packet(&mut self, span_count: usize, end: usize) {
        self.packet.buffer().clear();
        let batch = Batch {
            process: self.process.buffer(),
            span_count,
            spans: self.spans.buffer().get(..end).unwrap_or_default(),
            client: Some((self.number, self.client_stats)),
        };
        match self.envelope {
            Envelope::EmitBatch => {
                let sequence_id = self.number as u32 & i32::MAX as u32;
                write_emit_batch(&mut self.packet, sequence_id, batch);
            }
            Envelope::Bare => write_batch(&mut self.packet, batch),
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

    fn is_too_full(&mut self) -> bool {
        self.spans.buffer().len() > self.room()
    }

    /// Writes the only span of a packet again with parts left out. False, and nothing is written, if that is not enough.
    fn shorten(&mut self, span: SpanView<'_>) -> bool {
        let room = self.room();
        let out = &mut self.spans;
        let fits = shorten_span(span, |span| {
            out.buffer().clear();
            write_span(out, span.into());
            out.buffer().len() <= room
        });
        if !fits {
            out.buffer().clear();
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
        self.span_count = 0;
        self.spans.buffer().clear();
        self.write_process(process);
        self.start_packet();
        for span in spans {
            let before = self.spans.buffer().len();
            write_span(&mut self.spans, span);
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
        let end = self.spans.buffer().len();
        if self.send_packet(end, &mut split, send).is_continue() {
            // The memory of one huge span must not stay allocated for the life of the process.
            self.spans.buffer().shrink_to(self.max_packet_size);
        }
        split
    }
}
