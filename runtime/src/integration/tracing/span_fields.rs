//! Fields of spans.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{Arguments, Debug};
use std::thread;

use tracing::Metadata;
use tracing::field::{Field, Visit};

use super::field_name::{Meaning, meaning_for};
use super::kept::Kept;
use crate::delivery::entry::Key;
use crate::model::tag::TagValue;
use crate::model::value::{Value, capped};
use crate::span::handle::Span;
use crate::span::stack::shared_span::SharedSpan;
use crate::util::secret_query;
use crate::util::text::REDACTED;
use crate::util::thread_number;

/// Writes fields on a span.
pub(super) struct SpanFields<'a> {
    span: &'a Span,
    shared: &'a SharedSpan,
    /// The most bytes of a value.
    limit: usize,
}

impl<'a> SpanFields<'a> {
    /// `None` if nothing that is said about the span is kept.
    pub(super) fn of(span: &'a Span) -> Option<Self> {
        let shared = span.shared.as_ref()?;
        let is_kept = shared.room().is_some() || shared.tracer.counts_requests();
        is_kept.then(|| Self {
            span,
            shared,
            limit: shared.tracer.inner().bounds.value,
        })
    }

    /// Says what the layer keeps of the place in the program, and of the thread.
    pub(super) fn describe(&self, metadata: &'static Metadata<'static>, kept: Kept) {
        let span = self.span;
        if kept.target {
            span.set_tag("target", Value::Static(metadata.target()));
        }
        if kept.level {
            span.set_tag("level", Value::Static(metadata.level().as_str()));
        }
        if kept.location {
            span.set_tag("code.file.path", metadata.file().map(Value::Static))
                .set_tag("code.module.name", metadata.module_path().map(Value::Static))
                .set_tag("code.line.number", metadata.line());
        }
        if kept.threads {
            span.set_tag("thread.id", thread_number::current())
                .set_tag("thread.name", thread::current().name());
        }
    }

    fn set(&self, field: &Field, value: Value<'_>) {
        self.set_as(meaning_for(field.name(), &self.shared.tracer), field, value);
    }

    fn set_as(&self, meaning: Meaning, field: &Field, value: Value<'_>) {
        let key = Key::Static(field.name());
        match meaning {
            Meaning::Plain => self.shared.set_tag(key, &value),
            Meaning::Secret => self.shared.set_tag(key, &Value::Static(REDACTED)),
            Meaning::Url => match value.as_str().map(secret_query::redacted) {
                Some(Cow::Owned(shown)) => self.shared.set_tag(key, &Value::Owned(shown)),
                Some(Cow::Borrowed(_)) | None => self.shared.set_tag(key, &value),
            },
            Meaning::Convention(convention) => convention.set(self.span, value),
        }
    }

    /// Nothing is formatted that is not kept.
    fn format(&self, field: &Field, value: Arguments<'_>) {
        if self.shared.room().is_none() && !self.shared.counts(field.name()) {
            return;
        }
        let meaning = meaning_for(field.name(), &self.shared.tracer);
        let value = match meaning {
            Meaning::Secret => Value::Static(REDACTED),
            Meaning::Plain | Meaning::Url | Meaning::Convention(_) => capped(value, self.limit),
        };
        self.set_as(meaning, field, value);
    }
}

impl Visit for SpanFields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::Double(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Value::Long(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, TagValue::from(value).into());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.set(field, TagValue::from(value).into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.set(field, TagValue::from(value).into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::Text(value));
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.set(field, Value::Bytes(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.format(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.format(field, format_args!("{value:?}"));
    }
}
