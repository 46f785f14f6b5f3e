//! A finished span that somebody keeps.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::flags::TraceFlags;
use super::id::{SpanId, TraceId};
use super::log_fields::LogFields;
use super::tag::{Tag, TagValue};

/// A finished span, for those who keep spans. A [`Reporter`](crate::reporter::Reporter) gets
/// [views](crate::reporter::SpanView), and copies what it keeps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FinishedSpan {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The span of the same trace that it is a child of.
    pub parent_span_id: Option<SpanId>,
    /// Its last name.
    pub operation_name: Cow<'static, str>,
    /// Other spans that it refers to, in the order in which they were given. The parent is not repeated here.
    pub references: Vec<Reference>,
    /// The flags of the trace at its end.
    pub flags: TraceFlags,
    /// When it started. Jaeger keeps microseconds.
    pub start_time: SystemTime,
    /// How long it took, never negative. Jaeger keeps microseconds; a shorter duration that is not zero is
    /// sent as 1.
    pub duration: Duration,
    /// Tags in the order in which they were set; a key that was set again has its last value.
    pub tags: Vec<Tag>,
    /// Log records, in the order in which they were made.
    pub logs: Vec<LogRecord>,
    /// Whether its parent, if any, is in another process.
    pub local_root: bool,
}

impl FinishedSpan {
    /// A span with no parent, tags or logs, for the tests of a reporter.
    pub fn new(
        trace_id: TraceId,
        span_id: SpanId,
        operation_name: impl Into<Cow<'static, str>>,
        start_time: SystemTime,
        duration: Duration,
    ) -> Self {
        Self {
            trace_id,
            span_id,
            parent_span_id: None,
            operation_name: operation_name.into(),
            references: Vec::new(),
            flags: TraceFlags::SAMPLED,
            start_time,
            duration,
            tags: Vec::new(),
            logs: Vec::new(),
            local_root: true,
        }
    }

    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&TagValue> {
        self.tags.iter().find(|tag| tag.key == key).map(|tag| &tag.value)
    }
}

/// The kind of a [`Reference`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceKind {
    /// The other span waits for this one.
    ChildOf,
    /// The other span caused this one and does not wait for it.
    FollowsFrom,
}

/// A reference from a span to another, perhaps of another trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reference {
    /// The kind of the reference.
    pub kind: ReferenceKind,
    /// The trace of the other span.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
}

impl Reference {
    /// A reference to a span that waits for this one.
    pub const fn child_of(trace_id: TraceId, span_id: SpanId) -> Self {
        Self {
            kind: ReferenceKind::ChildOf,
            trace_id,
            span_id,
        }
    }

    /// A reference to a span that caused this one and does not wait for it.
    pub const fn follows_from(trace_id: TraceId, span_id: SpanId) -> Self {
        Self {
            kind: ReferenceKind::FollowsFrom,
            trace_id,
            span_id,
        }
    }
}

/// An event at one moment of a span.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LogRecord {
    /// When it happened. Jaeger keeps microseconds.
    pub time: SystemTime,
    /// The fields; by convention one of them is `event`.
    pub fields: Vec<Tag>,
}

impl LogRecord {
    /// A record of this time, for the tests of a reporter.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use fedtrace::{LogRecord, Tag};
    ///
    /// let record = LogRecord::new(SystemTime::now(), (("event", "retry"), ("attempt", 2)));
    /// assert_eq!(record.fields, [Tag::new("event", "retry"), Tag::new("attempt", 2)]);
    /// ```
    pub fn new(time: SystemTime, fields: impl LogFields) -> Self {
        Self {
            time,
            fields: fields.into_fields(),
        }
    }
}
