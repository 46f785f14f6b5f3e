//! The side of a call that a span is.

use crate::model::tag::tags;

/// Its numbers are those of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpanKind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

impl SpanKind {
    /// The kind that this value of the tag `span.kind` means.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text {
            tags::SPAN_KIND_CLIENT => Some(Self::Client),
            tags::SPAN_KIND_SERVER => Some(Self::Server),
            "producer" => Some(Self::Producer),
            "consumer" => Some(Self::Consumer),
            "internal" => Some(Self::Internal),
            _ => None,
        }
    }
}
