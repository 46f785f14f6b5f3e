//! Conversions for programs that already use `rustracing` and `rustracing_jaeger`.
//!
//! * Their tags ([`StdTag`](::rustracing::tag::StdTag) too) and log fields are accepted where ours are.
//! * Ids and contexts convert both ways. Their contexts have no field for the parent, and ours have none for
//!   a debug id; both are lost. Flags (also of an unsampled trace) and baggage are kept. Note that their
//!   tracer creates no context for a span that it did not sample, and that it sets the flags of each child to
//!   1. They cannot leave the decision open, as B3 can: our sampler makes it when such a context is converted or written.
//! * Their carriers can be used between the processes of one server. They cannot remove headers, so they must
//!   not be used with other servers: their functions have `_internal_` in the name and take no destination.
//! * [`RustracingReporter`] passes finished spans on in their types.
//!
//! ```
//! use rustracing::tag::StdTag;
//!
//! let tag = fedtrace::Tag::from(StdTag::http_status_code(404));
//! assert_eq!(tag, fedtrace::Tag::new("http.status_code", 404));
//! ```

use std::fmt;

use ::rustracing::carrier::{IterHttpHeaderFields, SetHttpHeaderField, TextMap};
use ::rustracing::log::LogField;
use ::rustracing::span::BaggageItem;
use rustracing_jaeger::span::{SpanContextState, SpanContextStateBuilder};
use rustracing_jaeger::thrift::jaeger;

use crate::codec::carrier::Format;
use crate::codec::copies::one_of_copies;
use crate::codec::header_names::UBER_TRACE_ID;
use crate::codec::jaeger as uber_trace_id;
use crate::delivery::log_view::LogView;
use crate::delivery::span_view::{SpanView, Spans};
use crate::delivery::tag_view::{TagView, ValueView};
use crate::model::baggage::Baggage;
use crate::model::finished_span::{FinishedSpan, LogRecord, ReferenceKind};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::into_tag::{IntoTag, IntoTagValue};
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue};
use crate::model::trace_context::TraceContext;
use crate::propagation::headers::count_decoding_error;
use crate::reporter::encoding::micros::{duration_micros, micros_since_epoch};
use crate::reporter::report::{Report, Reporter};
use crate::span::stack::active::active_tracer;
use crate::span::stack::frame::EmptyFrame;
use crate::tracer::span_context::SpanContext;

impl From<::rustracing::tag::TagValue> for TagValue {
    fn from(value: ::rustracing::tag::TagValue) -> Self {
        use ::rustracing::tag::TagValue as Theirs;
        match value {
            Theirs::String(text) => Self::String(text),
            Theirs::Boolean(value) => Self::Bool(value),
            Theirs::Integer(value) => Self::Long(value),
            Theirs::Float(value) => Self::Double(value),
        }
    }
}

impl From<::rustracing::tag::Tag> for Tag {
    fn from(tag: ::rustracing::tag::Tag) -> Self {
        Self::from(&tag)
    }
}

impl From<&::rustracing::tag::Tag> for Tag {
    fn from(tag: &::rustracing::tag::Tag) -> Self {
        Self::new(tag.name().to_owned(), tag.value().clone())
    }
}

impl From<LogField> for Tag {
    fn from(field: LogField) -> Self {
        Self::from(&field)
    }
}

impl From<&LogField> for Tag {
    fn from(field: &LogField) -> Self {
        Self::new(field.name().to_owned(), field.value())
    }
}

impl IntoTagValue for ::rustracing::tag::TagValue {
    fn into_tag_value(self) -> Option<TagValue> {
        Some(self.into())
    }
}

macro_rules! tags {
    ($($type:ty),*) => {$(
        impl IntoTag for $type {
            fn into_tag(self) -> Option<Tag> {
                Some(self.into())
            }
        }
    )*};
}
tags!(
    ::rustracing::tag::Tag,
    &::rustracing::tag::Tag,
    LogField,
    &LogField
);

impl From<&::rustracing::log::Log> for LogRecord {
    fn from(log: &::rustracing::log::Log) -> Self {
        Self {
            time: log.time(),
            fields: log.fields().iter().map(Tag::from).collect(),
        }
    }
}

/// The error of an id of `rustracing_jaeger` that is zero. That crate allows it, but zero is not a valid id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroIdError;

impl fmt::Display for ZeroIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id of a trace or a span is zero")
    }
}

impl std::error::Error for ZeroIdError {}

impl From<TraceId> for rustracing_jaeger::span::TraceId {
    fn from(id: TraceId) -> Self {
        Self {
            high: id.high(),
            low: id.low(),
        }
    }
}

impl TryFrom<rustracing_jaeger::span::TraceId> for TraceId {
    type Error = ZeroIdError;

    fn try_from(id: rustracing_jaeger::span::TraceId) -> Result<Self, ZeroIdError> {
        Self::new(u128::from(id.high) << 64 | u128::from(id.low)).ok_or(ZeroIdError)
    }
}

/// Keeps ids, the four flags that Jaeger knows, and baggage.
impl From<&SpanContext> for rustracing_jaeger::span::SpanContext {
    fn from(context: &SpanContext) -> Self {
        // Their builder makes only sampled states, but their text format has all flags.
        let state: SpanContextState = encode(context).parse().unwrap_or_else(|_| {
            SpanContextStateBuilder::new()
                .trace_id(context.trace_id().into())
                .span_id(context.span_id().get())
                .finish()
        });
        let baggage = context.baggage().iter();
        Self::new(
            state,
            baggage.map(|(key, value)| BaggageItem::new(key, value)).collect(),
        )
    }
}

/// Keeps ids, flags, and baggage up to the limits of [`Baggage`]. A debug id is lost.
///
/// All of it is trusted, so do not use this for a context from another server.
impl TryFrom<&rustracing_jaeger::span::SpanContext> for SpanContext {
    type Error = ZeroIdError;

    fn try_from(context: &rustracing_jaeger::span::SpanContext) -> Result<Self, ZeroIdError> {
        let state = context.state();
        let trace_id = state.trace_id().try_into()?;
        let span_id = SpanId::new(state.span_id()).ok_or(ZeroIdError)?;
        let mut baggage = Baggage::default();
        for item in context.baggage_items() {
            baggage.insert(item.name(), item.value());
        }
        let mut context = Self::remote(trace_id, span_id, TraceFlags::from_bits(state.flags()));
        context.context.baggage = baggage;
        Ok(context)
    }
}

/// Writes a context for another process of this server, without its baggage.
///
/// Use [`inject`](crate::inject) for everything that leaves the server: it decides what the destination may
/// have, and removes headers that it must not get. A `TextMap` cannot remove entries.
pub fn inject_internal_text_map(context: &SpanContext, carrier: &mut impl TextMap) {
    carrier.set(UBER_TRACE_ID, &encode(context));
}

/// Writes a context for another process of this server, without its baggage.
///
/// Use [`inject`](crate::inject) for everything that leaves the server: it decides what the destination may
/// have, and removes headers that it must not get. This carrier cannot remove headers.
///
/// # Errors
/// The error of the carrier.
pub fn inject_internal_http_header(
    context: &SpanContext,
    carrier: &mut impl SetHttpHeaderField,
) -> ::rustracing::Result<()> {
    carrier.set_http_header_field(UBER_TRACE_ID, &encode(context))
}

/// Reads a context that another process of this server wrote. `None` if there is none or if it is malformed;
/// the latter is counted in [`Stats`](crate::Stats).
///
/// All of it is trusted. Use [`extract`](crate::extract) for messages from clients and other servers.
pub fn extract_internal_text_map(carrier: &impl TextMap) -> Option<SpanContext> {
    let text = carrier.get(UBER_TRACE_ID)?;
    counted(decode(text, Format::TextMap))
}

/// Reads a context that another process of this server wrote. `None` if there is none, or if it is malformed
/// or there are different ones; the latter two are counted in [`Stats`](crate::Stats).
///
/// All of it is trusted. Use [`extract`](crate::extract) for messages from clients and other servers.
pub fn extract_internal_http_header<'a>(carrier: &'a impl IterHttpHeaderFields<'a>) -> Option<SpanContext> {
    let fields = carrier.fields();
    let mut values = fields.filter(|(name, _)| name.eq_ignore_ascii_case(UBER_TRACE_ID));
    let (_, value) = values.next()?;
    let text = match values.all(|(_, other)| other == value) {
        true => std::str::from_utf8(value).ok(),
        false => None,
    };
    counted(text.and_then(|text| decode(text, Format::HttpHeaders)))
}

fn counted(context: Option<SpanContext>) -> Option<SpanContext> {
    if context.is_none() {
        count_decoding_error();
    }
    context
}

fn encode(context: &SpanContext) -> String {
    let write = |context: &TraceContext| uber_trace_id::encode(context, uber_trace_id::KNOWN_FLAGS);
    match context.context.is_undecided {
        true => write(&decided(context.context.clone())),
        false => write(&context.context),
    }
}

/// The context with a decision: their text cannot leave it open, and without the flag it would say no. The operation of the span
/// that begins below is not known yet.
fn decided(mut context: TraceContext) -> TraceContext {
    if let Some(tracer) = active_tracer() {
        let _frame = EmptyFrame::above_spans_of(&tracer);
        let decision = tracer.inner().sample(context.trace_id, "");
        if decision.is_some_and(|decision| decision.is_sampled()) {
            context.flags = TraceFlags::SAMPLED;
        }
    }
    context
}

fn decode(text: &str, format: Format) -> Option<SpanContext> {
    let (trace_id, span_id, flags) = uber_trace_id::decode(one_of_copies(text)?, format)?;
    Some(SpanContext::remote(
        trace_id,
        span_id,
        flags.intersection(uber_trace_id::KNOWN_FLAGS),
    ))
}

impl From<TagView<'_>> for jaeger::Tag {
    fn from(tag: TagView<'_>) -> Self {
        let key = tag.key.to_owned();
        match tag.value {
            ValueView::String(text) => Self::String {
                key,
                value: text.to_owned(),
            },
            ValueView::Bool(value) => Self::Bool { key, value },
            ValueView::Long(value) => Self::Long { key, value },
            ValueView::Double(value) => Self::Double { key, value },
            ValueView::Binary(bytes) => Self::Binary {
                key,
                value: bytes.to_vec(),
            },
        }
    }
}

impl From<&Tag> for jaeger::Tag {
    fn from(tag: &Tag) -> Self {
        TagView::from(tag).into()
    }
}

impl From<LogView<'_>> for jaeger::Log {
    fn from(log: LogView<'_>) -> Self {
        Self {
            timestamp: micros_since_epoch(log.time()),
            fields: log.fields().map(From::from).collect(),
        }
    }
}

impl From<&LogRecord> for jaeger::Log {
    fn from(log: &LogRecord) -> Self {
        LogView::from(log).into()
    }
}

impl From<SpanView<'_>> for jaeger::Span {
    fn from(span: SpanView<'_>) -> Self {
        let references = span.listed_references().map(|reference| jaeger::SpanRef {
            kind: match reference.kind {
                ReferenceKind::ChildOf => jaeger::SpanRefKind::ChildOf,
                ReferenceKind::FollowsFrom => jaeger::SpanRefKind::FollowsFrom,
            },
            trace_id_low: reference.trace_id.low() as i64,
            trace_id_high: reference.trace_id.high() as i64,
            span_id: reference.span_id.get() as i64,
        });
        Self {
            trace_id_low: span.trace_id().low() as i64,
            trace_id_high: span.trace_id().high() as i64,
            span_id: span.span_id().get() as i64,
            parent_span_id: span.parent_span_id().map_or(0, |parent| parent.get() as i64),
            operation_name: span.operation_name().to_owned(),
            references: references.collect(),
            flags: i32::from(span.flags().bits()),
            start_time: micros_since_epoch(span.start_time()),
            duration: duration_micros(span.duration()),
            tags: span.tags().map(From::from).collect(),
            logs: span.logs().map(From::from).collect(),
        }
    }
}

impl From<&FinishedSpan> for jaeger::Span {
    fn from(span: &FinishedSpan) -> Self {
        SpanView::from(span).into()
    }
}

impl From<&Process> for jaeger::Process {
    fn from(process: &Process) -> Self {
        Self {
            service_name: process.service_name.clone(),
            tags: process.tags.iter().map(From::from).collect(),
        }
    }
}

/// Passes finished spans to a closure, in the types of `rustracing_jaeger`.
///
/// ```
/// use fedtrace::rustracing::RustracingReporter;
/// use rustracing_jaeger::thrift::jaeger::Batch;
///
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let reporter = RustracingReporter::new(move |batch: Batch| drop(sender.send(batch)));
/// # let _ = (reporter, receiver);
/// ```
pub struct RustracingReporter<F> {
    hand_out: F,
}

impl<F: FnMut(jaeger::Batch) + Send> RustracingReporter<F> {
    /// A reporter that calls `hand_out`, on the worker thread of the tracer, with each batch of spans.
    pub fn new(hand_out: F) -> Self {
        Self { hand_out }
    }
}

impl<F: FnMut(jaeger::Batch) + Send> Reporter for RustracingReporter<F> {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        (self.hand_out)(jaeger::Batch {
            process: process.into(),
            spans: spans.iter().map(From::from).collect(),
        });
        Report::sent(spans.len() as u64)
    }
}

impl<F> fmt::Debug for RustracingReporter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RustracingReporter").finish_non_exhaustive()
    }
}
