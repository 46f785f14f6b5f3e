//! Fields with a meaning of their own, as `tracing-opentelemetry` has them.

use crate::delivery::entry::Key;
use crate::model::tag::tags;
use crate::model::value::{Field, Value};
use crate::span::handle::Span;

/// Why a span has failed, as OpenTelemetry calls it.
const STATUS_DESCRIPTION: &str = "otel.status_description";

/// The kinds of spans, which programs write with or without a capital letter.
const KINDS: [&str; 5] = [
    tags::SPAN_KIND_SERVER,
    tags::SPAN_KIND_CLIENT,
    "producer",
    "consumer",
    "internal",
];

/// A field of a span that is more than a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convention {
    /// The operation name.
    Name,
    /// `span.kind`.
    Kind,
    /// Whether the span has failed.
    StatusCode,
    /// Why it has failed.
    StatusDescription,
    /// An error, or whether there is one.
    Error,
    /// Whether the trace is recorded.
    Priority,
}

impl Convention {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "otel.name" => Self::Name,
            "otel.kind" => Self::Kind,
            "otel.status_code" => Self::StatusCode,
            // The second is its name in older releases.
            STATUS_DESCRIPTION | "otel.status_message" => Self::StatusDescription,
            tags::ERROR => Self::Error,
            tags::SAMPLING_PRIORITY => Self::Priority,
            _ => return None,
        })
    }

    /// Sets what the field says.
    pub(super) fn set(self, span: &Span, value: Value<'_>) {
        match (self, value.as_str()) {
            (Self::Name, Some("")) => {}
            (Self::Name, Some(name)) => span.rename(Key::Text(name)),
            (Self::Kind, Some(kind)) => {
                let known = KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind));
                let kind = known.map_or(Value::Text(kind), |known| Value::Static(known));
                span.set_tag(tags::SPAN_KIND, kind);
            }
            (Self::StatusCode, Some(code)) => set_status(span, code),
            (Self::StatusDescription, Some(_)) => {
                span.set_tag(tags::ERROR, true);
                span.set_tag(STATUS_DESCRIPTION, value);
            }
            (Self::Error, Some(error)) => fail(span, error),
            (Self::Error, None) => {
                span.set_tag(tags::ERROR, value);
            }
            (Self::Priority, _) => {
                span.set_tag(tags::SAMPLING_PRIORITY, value);
            }
            (_, None) => {}
        }
    }
}

/// `unset` is nothing, as in OpenTelemetry.
fn set_status(span: &Span, code: &str) {
    if code.eq_ignore_ascii_case("error") {
        span.set_tag(tags::ERROR, true);
    } else if code.eq_ignore_ascii_case("ok") {
        span.set_tag(tags::ERROR, false);
    }
}

/// Marks the span as failed, with a record of the error, as `#[trace]` does for an `Err`.
fn fail(span: &Span, error: &str) {
    // A field may also say that there is no error.
    if let "true" | "false" = error {
        span.set_tag(tags::ERROR, error == "true");
        return;
    }
    span.set_tag(tags::ERROR, true);
    span.log_fields(&[
        Some(Field::of_static("event", "error")),
        Some(Field {
            key: "message".into(),
            value: Value::Text(error),
        }),
    ]);
}
