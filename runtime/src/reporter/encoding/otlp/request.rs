//! Requests of a limited size, and their answers.

use std::ops::ControlFlow;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::span::{resource_of, span_of};
use crate::delivery::span_view::Spans;
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::shorten::{process_that_fits, shorten_span};
use crate::reporter::encoding::splitter::{Split, Splitter};

/// The number of spans that an answer rejects, and its reason.
pub(crate) fn rejection(answer: &[u8]) -> Option<(u64, String)> {
    let partial = ExportTraceServiceResponse::decode(answer).ok()?.partial_success?;
    let rejected = u64::try_from(partial.rejected_spans).ok()?;
    (rejected > 0).then_some((rejected, partial.error_message))
}

/// Puts spans, in order, into requests of at most `max_size` bytes, each as full as possible.
#[derive(Debug)]
pub(crate) struct RequestSplitter {
    max_size: usize,
    /// The limit for requests with several spans.
    batch_size: usize,
}

impl RequestSplitter {
    pub(crate) fn new(max_size: usize) -> Self {
        Self {
            max_size,
            batch_size: usize::MAX,
        }
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
        let mut request = Request::new(process, self.max_size, self.batch_size);
        for finished in spans {
            let mut span = span_of(&finished.to_finished_span());
            if !request.has_room_for(&span) {
                if request.send(&mut split, send).is_break() {
                    return split;
                }
                let fits = request.has_room_for(&span)
                    || shorten_span(finished, |shorter| {
                        span = span_of(shorter);
                        request.has_room_for(&span)
                    });
                if !fits {
                    split.too_large += 1;
                    split.done += 1;
                    continue;
                }
            }
            request.push(span);
        }
        // If `send` breaks off, `done` already says which spans are left.
        let _ = request.send(&mut split, send);
        split
    }
}

/// A request that is not yet full.
struct Request {
    max_size: usize,
    batch_size: usize,
    resource: Resource,
    resource_len: usize,
    spans: Vec<Span>,
    /// The bytes of the spans, each with its header.
    spans_len: usize,
}

impl Request {
    fn new(process: &Process, max_size: usize, batch_size: usize) -> Self {
        let process = process_that_fits(process, |process| {
            resource_of(process).encoded_len() <= max_size / 2
        });
        let resource = resource_of(&process);
        Self {
            max_size,
            batch_size,
            resource_len: field_len(resource.encoded_len()),
            resource,
            spans: Vec::new(),
            spans_len: 0,
        }
    }

    fn has_room_for(&self, span: &Span) -> bool {
        let scope_spans = field_len(self.spans_len + field_len(span.encoded_len()));
        let limit = match self.spans.is_empty() {
            true => self.max_size,
            false => self.max_size.min(self.batch_size),
        };
        field_len(self.resource_len + scope_spans) <= limit
    }

    fn push(&mut self, span: Span) {
        self.spans_len += field_len(span.encoded_len());
        self.spans.push(span);
    }

    /// Sends the spans, if there are any, and starts an empty request.
    fn send(
        &mut self,
        split: &mut Split,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let spans = std::mem::take(&mut self.spans);
        self.spans_len = 0;
        let count = spans.len();
        if count == 0 {
            return ControlFlow::Continue(());
        }
        let scope_spans = ScopeSpans {
            spans,
            ..ScopeSpans::default()
        };
        let resource_spans = ResourceSpans {
            resource: Some(self.resource.clone()),
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        };
        let request = ExportTraceServiceRequest {
            resource_spans: vec![resource_spans],
        };
        send(&request.encode_to_vec(), count as u64)?;
        split.done += count;
        ControlFlow::Continue(())
    }
}

/// The bytes of a field with a message of this length: a key of one byte, the length, the message.
fn field_len(len: usize) -> usize {
    1 + prost::length_delimiter_len(len) + len
}
