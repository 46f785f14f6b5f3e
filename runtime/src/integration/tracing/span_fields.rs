//! Fields of spans.

use std::error::Error;
use std::fmt::{Arguments, Debug};

use tracing::field::{Field, Visit};

use super::conventions;
use super::field_name::is_hidden;
use crate::model::formatted::capped;
use crate::model::tag::TagValue;
use crate::model::value::Value;
use crate::span::handle::Span;
use crate::util::secret_names::REDACTED;

/// Writes fields on a span.
pub(super) struct SpanFields<'a> {
    span: &'a Span,
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
            limit: shared.tracer.inner().bounds.value,
        })
    }

    fn set(&self, field: &Field, value: Value<'_>) {
        let value = match self.hides(field) {
            true => Value::Static(REDACTED),
            false => value,
        };
        conventions::set(self.span, field.name(), value);
    }

    fn format(&self, field: &Field, value: Arguments<'_>) {
        let is_needed = self.span.shared.as_ref().is_some_and(|shared| {
            // Nothing is formatted for a span that only counts.
            shared.room().is_some() || shared.counts(field.name())
        });
        if !is_needed {
            return;
        }
        let value = match self.hides(field) {
            true => Value::Static(REDACTED),
            false => capped(value, self.limit),
        };
        conventions::set(self.span, field.name(), value);
    }

    fn hides(&self, field: &Field) -> bool {
        let shared = self.span.shared.as_ref();
        shared.is_some_and(|shared| is_hidden(field.name(), &shared.tracer))
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
