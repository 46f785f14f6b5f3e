//! Requests of a limited size.

use std::ops::ControlFlow;

use super::attributes::Attributes;
use super::protobuf::{Writer, message_len};
use super::resource::write_resource;
use super::span::write_span;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::gap::Gap;
use crate::reporter::encoding::shorten::{process_that_fits, shorten_span};
use crate::reporter::encoding::splitter::{Split, Splitter};

/// The numbers of the fields around a span, from the outside to the inside.
mod field {
    pub(super) const RESOURCE_SPANS: u64 = 1;
    pub(super) const RESOURCE: u64 = 1;
    pub(super) const SCOPE_SPANS: u64 = 2;
    pub(super) const SPANS: u64 = 2;
}

/// Puts spans, in order, into requests of at most `max_size` bytes, each as full as possible.
///
/// Each span is encoded once, at its place in the request, behind a gap for the resource and the lengths.
#[derive(Debug)]
pub(crate) struct RequestSplitter {
    max_size: usize,
    /// The limit for requests with several spans.
    batch_size: usize,
    resource: Writer,
    /// What stands before the spans of the current request.
    head: Writer,
    request: Writer,
    gap: Gap,
    span_count: usize,
}

impl RequestSplitter {
    pub(crate) fn new(max_size: usize) -> Self {
        Self {
            max_size,
            batch_size: usize::MAX,
            resource: Writer::default(),
            head: Writer::default(),
            request: Writer::default(),
            gap: Gap::default(),
            span_count: 0,
        }
    }

    fn begin(&mut self, process: &Process) {
        let (out, room) = (&mut self.resource, self.max_size / 2);
        let process = process_that_fits(process, |process| {
            out.buffer().clear();
            write_resource(out, process);
            out.len() <= room
        });
        out.buffer().clear();
        out.message(field::RESOURCE, |out| write_resource(out, &process));
        // No request is that long, so no head is longer.
        self.write_head(usize::MAX / 2);
        self.gap = Gap::begin(self.request.buffer(), self.head.len());
        self.span_count = 0;
    }

    fn write_head(&mut self, spans_len: usize) {
        let head = &mut self.head;
        head.buffer().clear();
        let length = self.resource.len() + message_len(spans_len);
        head.begin_message(field::RESOURCE_SPANS, length);
        head.buffer().extend_from_slice(self.resource.buffer());
        head.begin_message(field::SCOPE_SPANS, spans_len);
    }

    /// Sends the first `spans_len` bytes of the spans, if there are any, and keeps the rest for the next request.
    fn send_request(
        &mut self,
        spans_len: usize,
        split: &mut Split,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let count = self.span_count;
        if count == 0 {
            return ControlFlow::Continue(());
        }
        self.write_head(spans_len);
        let request = self.request.buffer();
        send(
            self.gap.complete(request, spans_len, self.head.buffer(), &[]),
            count as u64,
        )?;
        self.gap.keep_rest(request, spans_len, 0);
        split.done += count;
        self.span_count = 0;
        ControlFlow::Continue(())
    }

    fn spans_len(&mut self) -> usize {
        self.gap.spans_len(self.request.buffer())
    }

    fn is_too_large(&mut self) -> bool {
        let limit = match self.span_count {
            0 => self.max_size,
            _ => self.max_size.min(self.batch_size),
        };
        message_len(self.resource.len() + message_len(self.spans_len())) > limit
    }

    fn write<'a>(&mut self, span: SpanView<'a>, attributes: &mut Attributes<'a>) {
        self.request
            .message(field::SPANS, |out| write_span(out, span, attributes));
    }

    /// Writes the only span of a request again with parts left out. False, and nothing is written, if that is not enough.
    fn shorten(&mut self, span: SpanView<'_>) -> bool {
        let fits = shorten_span(span, |shorter| {
            self.gap.clear(self.request.buffer());
            self.write(shorter.into(), &mut Attributes::default());
            !self.is_too_large()
        });
        if !fits {
            self.gap.clear(self.request.buffer());
        }
        fits
    }
}

impl Splitter for RequestSplitter {
    fn fresh(&self) -> Box<dyn Splitter> {
        Box::new(Self::new(self.max_size))
    }

    fn set_max_packet_size(&mut self, bytes: usize) {
        self.max_size = bytes;
    }

    fn set_batch_size(&mut self, bytes: usize) {
        self.batch_size = bytes;
    }

    /// Does nothing: OTLP has no field for them.
    fn set_client_stats(&mut self, _stats: ClientStats) {}

    fn split(
        &mut self,
        process: &Process,
        spans: Spans<'_>,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> Split {
        let mut split = Split::default();
        let mut attributes = Attributes::default();
        self.begin(process);
        for span in spans {
            let before = self.spans_len();
            self.write(span, &mut attributes);
            if self.is_too_large() {
                if self.send_request(before, &mut split, send).is_break() {
                    return split;
                }
                if self.is_too_large() && !self.shorten(span) {
                    split.too_large += 1;
                    split.done += 1;
                    continue;
                }
            }
            self.span_count += 1;
        }
        let spans_len = self.spans_len();
        if self.send_request(spans_len, &mut split, send).is_continue() {
            // The memory of one huge span must not stay allocated for the life of the process.
            self.request.buffer().shrink_to(self.max_size.saturating_mul(2));
        }
        split
    }
}
