//! Events, which become log records.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{Arguments, Debug};
use std::ops::Range;

use tracing::field::{Field as TracingField, Visit};
use tracing::{Event, Level};

use super::field_name::{Meaning, meaning_for};
use super::kept::Kept;
use crate::model::formatted::{Formatted, append_capped};
use crate::model::tag::{TagValue, tags};
use crate::model::value::{Field, Value, capped};
use crate::tracer::core::Tracer;
use crate::util::secret_query;
use crate::util::text::{REDACTED, beginning};

/// Log records with more fields than this need memory of their own.
const FEW_FIELDS: usize = 8;

/// The target of records of the crate `log`, which come with fields of their own.
const LOG_TARGET: &str = "log";

/// A value before all of the event is known: text is in the buffer of the event.
#[derive(Debug, Clone)]
enum Piece {
    Text(Range<usize>),
    Static(&'static str),
    Bool(bool),
    Long(i64),
    Double(f64),
}

/// What an event says.
pub(super) struct EventFields<'a> {
    tracer: &'a Tracer,
    is_of_log: bool,
    text: Formatted,
    message: Option<Piece>,
    target: Piece,
    fields: Vec<(&'static str, Piece)>,
    is_error: bool,
}

impl<'a> EventFields<'a> {
    /// Formats the values of an event, cut to what the tracer keeps.
    pub(super) fn of(event: &Event<'_>, kept: Kept, tracer: &'a Tracer) -> Self {
        let metadata = event.metadata();
        let mut fields = Self {
            tracer,
            is_of_log: metadata.target() == LOG_TARGET,
            text: Formatted::new(),
            message: None,
            target: Piece::Static(metadata.target()),
            fields: Vec::with_capacity(metadata.fields().len()),
            is_error: false,
        };
        event.record(&mut fields);
        if kept.location && !fields.is_of_log {
            fields.add_location(event);
        }
        // `#[instrument(err)]` makes an event with the field `error` and no message. With a message, it is the level that says
        // whether the span has failed.
        fields.is_error &= fields.message.is_none();
        let name = if fields.is_error { "error" } else { metadata.name() };
        fields.message.get_or_insert(Piece::Static(name));
        fields
    }

    fn add_location(&mut self, event: &Event<'_>) {
        let metadata = event.metadata();
        let texts = [
            ("code.file.path", metadata.file()),
            ("code.module.name", metadata.module_path()),
        ];
        for (name, text) in texts {
            self.fields.extend(text.map(|text| (name, Piece::Static(text))));
        }
        let line = metadata.line().map(|line| Piece::Long(line.into()));
        self.fields.extend(line.map(|line| ("code.line.number", line)));
    }

    fn limit(&self) -> usize {
        self.tracer.inner().bounds.value
    }

    fn add(&mut self, name: &'static str, piece: Piece) {
        match name {
            "message" => self.message = Some(piece),
            "log.target" if self.is_of_log => self.target = piece,
            // Where the record was made; the rest is about the adapter.
            name if self.is_of_log && name.starts_with("log.") => {}
            name => {
                self.is_error |= name == tags::ERROR || name == "exception.message";
                self.fields.push((name, piece));
            }
        }
    }

    fn add_text(&mut self, field: &TracingField, text: &str) {
        let text = match meaning_for(field.name(), self.tracer) {
            Meaning::Secret => return self.add(field.name(), Piece::Static(REDACTED)),
            Meaning::Url => secret_query::redacted(text),
            Meaning::Plain | Meaning::Convention(_) => Cow::Borrowed(text),
        };
        let from = self.text.as_str().len();
        let limit = self.limit();
        self.text.text().push_str(beginning(&text, limit));
        self.add(field.name(), Piece::Text(from..self.text.as_str().len()));
    }

    fn format(&mut self, field: &TracingField, value: Arguments<'_>) {
        match meaning_for(field.name(), self.tracer) {
            Meaning::Secret => return self.add(field.name(), Piece::Static(REDACTED)),
            Meaning::Url => {
                let url = capped(value, self.limit());
                return self.add_text(field, url.as_str().unwrap_or_default());
            }
            Meaning::Plain | Meaning::Convention(_) => {}
        }
        let from = self.text.as_str().len();
        let limit = self.limit();
        let piece = match append_capped(self.text.text(), value, limit) {
            None => Piece::Text(from..self.text.as_str().len()),
            Some(instead) => Piece::Static(instead),
        };
        self.add(field.name(), piece);
    }

    fn add_value(&mut self, field: &TracingField, value: impl Into<TagValue>) {
        let hidden = meaning_for(field.name(), self.tracer) == Meaning::Secret;
        match value.into() {
            _ if hidden => self.add(field.name(), Piece::Static(REDACTED)),
            TagValue::Bool(value) => self.add(field.name(), Piece::Bool(value)),
            TagValue::Long(value) => self.add(field.name(), Piece::Long(value)),
            TagValue::Double(value) => self.add(field.name(), Piece::Double(value)),
            value => self.format(field, format_args!("{value}")),
        }
    }

    fn value(&self, piece: &Piece) -> Value<'_> {
        match piece {
            Piece::Text(range) => Value::Text(self.text.as_str().get(range.clone()).unwrap_or_default()),
            Piece::Static(text) => Value::Static(text),
            Piece::Bool(value) => Value::Bool(*value),
            Piece::Long(value) => Value::Long(*value),
            Piece::Double(value) => Value::Double(*value),
        }
    }

    /// Whether it is about an error and nothing else.
    pub(super) fn is_error(&self) -> bool {
        self.is_error
    }

    /// Passes the fields of the log record on.
    pub(super) fn with<R>(&self, level: Level, use_them: impl FnOnce(&[Option<Field<'_>>]) -> R) -> R {
        let field = |name: &'static str, value| {
            Some(Field {
                key: Cow::Borrowed(name),
                value,
            })
        };
        let piece = |name, piece: &Piece| field(name, self.value(piece));
        let first = [
            self.message.as_ref().and_then(|message| piece("event", message)),
            field("level", Value::Static(level.as_str())),
            piece("target", &self.target),
        ];
        let count = first.len() + self.fields.len();
        let others = self.fields.iter().map(|(name, value)| piece(name, value));
        let all = first.into_iter().chain(others);
        let mut few = [const { None }; FEW_FIELDS];
        match few.get_mut(..count) {
            Some(few) => {
                few.iter_mut().zip(all).for_each(|(place, field)| *place = field);
                use_them(few)
            }
            None => use_them(&all.collect::<Vec<_>>()),
        }
    }
}

impl Visit for EventFields<'_> {
    fn record_f64(&mut self, field: &TracingField, value: f64) {
        self.add_value(field, value);
    }

    fn record_i64(&mut self, field: &TracingField, value: i64) {
        self.add_value(field, value);
    }

    fn record_u64(&mut self, field: &TracingField, value: u64) {
        self.add_value(field, value);
    }

    fn record_i128(&mut self, field: &TracingField, value: i128) {
        self.add_value(field, value);
    }

    fn record_u128(&mut self, field: &TracingField, value: u128) {
        self.add_value(field, value);
    }

    fn record_bool(&mut self, field: &TracingField, value: bool) {
        self.add_value(field, value);
    }

    fn record_str(&mut self, field: &TracingField, value: &str) {
        self.add_text(field, value);
    }

    fn record_error(&mut self, field: &TracingField, value: &(dyn Error + 'static)) {
        self.is_error = true;
        self.format(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &TracingField, value: &dyn Debug) {
        self.format(field, format_args!("{value:?}"));
    }
}
