//! The active span, for writing on it while it is recorded.

use std::borrow::Cow;
use std::num::NonZeroU64;

use super::handle::Span;
use super::scope::Scope;
use super::stack;
use super::stack::Said;
use crate::delivery::entry::Key;
use crate::metrics::requests::Request;
use crate::model::tag::tags;
use crate::model::value::{Field, Value};
use crate::tracer::errors;
use crate::tracer::global;
use crate::tracer::redaction;

/// Whether there is an active span on this thread, and whether it is recorded.
#[derive(Debug)]
pub(crate) enum Active {
    Missing,
    NotRecorded,
    /// A request that is not recorded. It keeps what is said about it, in case it is forced later.
    Kept(Recording),
    Recorded(Recording),
}

impl Active {
    #[inline]
    pub(crate) fn get() -> Self {
        let active = stack::with(|local| {
            // An empty frame has no tracer, so that nothing is found there.
            let slot = local.top()?;
            let recorded = slot.shared().map_or(slot.sampled, |shared| shared.is_recorded());
            if !(recorded || local.is_local_root(slot)) {
                return Some(Self::NotRecorded);
            }
            let recording = Recording {
                number: NonZeroU64::new(slot.span.number)?,
                max_tag_value_length: local.tracer(slot)?.inner().bounds.value,
            };
            Some(match recorded {
                true => Self::Recorded(recording),
                false => Self::Kept(recording),
            })
        });
        active.flatten().unwrap_or(Self::Missing)
    }
}

/// An open span of this thread that is recorded, for the code of the attributes.
#[derive(Debug)]
pub struct Recording {
    number: NonZeroU64,
    max_tag_value_length: usize,
}

impl Recording {
    /// Whether the configuration hides the argument of this name, which is then not formatted.
    #[inline]
    pub fn redacts(&self, argument: &'static str) -> bool {
        redaction::is_used() && redacts(argument)
    }

    /// The maximum length of a text in bytes; a longer one would be cut.
    pub fn max_tag_value_length(&self) -> usize {
        self.max_tag_value_length
    }

    /// Whether it is the span of this number.
    #[inline]
    pub(crate) fn is_of(&self, number: u64) -> bool {
        self.number.get() == number
    }

    /// Sets a tag.
    #[inline(always)]
    pub fn tag(&self, key: &'static str, value: Value<'_>) {
        // Where the kind of the value is known, one of these is left.
        match value {
            Value::Text(text) if set_text(self.number.get(), key, text) => {}
            Value::Long(value) if set_long(self.number.get(), key, value) => {}
            value => self.tag_by_kind(key, value),
        }
    }

    /// As [`tag`](Self::tag), out of the annotated function.
    #[inline(never)]
    fn tag_by_kind(&self, key: &'static str, value: Value<'_>) {
        if !set_plain(self.number.get(), key, &value) {
            self.set_tag(Key::Static(key), &value);
        }
    }

    pub(crate) fn set_tag(&self, key: Key<'_>, value: &Value<'_>) {
        if requests_count(key.as_str()) {
            return Span::of_slot(self.number.get()).set_value(key, value);
        }
        let said = stack::with(|local| local.set_tag(self.number.get(), key, value));
        if let Some(Said::Elsewhere(shared)) = said {
            shared.set_tag(key, value);
        }
    }

    /// Marks the span as failed: a tag and a log record.
    pub(crate) fn error(&self, kind: &'static str, message: Value<'_>) {
        self.mark_failed();
        self.log(&[
            Some(Field::of_static("event", "error")),
            Some(Field::of_static("error.kind", kind)),
            Some(Field {
                key: Cow::Borrowed("message"),
                value: message,
            }),
        ]);
    }

    /// Sets the tag of a span that has failed.
    pub(crate) fn mark_failed(&self) {
        let error = Value::Bool(true);
        if requests_count(tags::ERROR) {
            Span::of_slot(self.number.get()).set_value(Key::Static(tags::ERROR), &error);
        } else {
            let said = stack::with(|local| local.set_own_tag(self.number.get(), tags::ERROR, &error));
            if let Some(Said::Elsewhere(shared)) = said {
                shared.change_details("set_tag", |details, _| details.set_own_tag(tags::ERROR, &error));
            }
        }
    }

    pub(crate) fn log(&self, fields: &[Option<Field<'_>>]) {
        if fields.iter().all(Option::is_none) {
            return;
        }
        let said = stack::with(|local| local.log(self.number.get(), fields));
        if let Some(Said::Elsewhere(shared)) = said {
            shared.change_details("log_kv", |details, room| details.log(fields, room));
        }
    }
}

/// The number of whichever span is active.
pub(crate) const ANY: u64 = 0;

/// Sets a tag of the active span if it has this number and that can be done at once. Otherwise it returns false, and nothing is
/// done.
#[inline]
pub(crate) fn set_plain(number: u64, key: &'static str, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => set_text(number, key, text),
        Value::Formatted(text) => set_text(number, key, text.as_str()),
        Value::Long(value) => set_long(number, key, *value),
        _ => false,
    }
}

// These two have arguments that fit into registers, and are not inlined, because each tag calls one of them.

#[inline(never)]
fn set_text(number: u64, key: &'static str, text: &str) -> bool {
    stack::with(|local| local.set_plain_tag(number, key, text)) == Some(true)
}

#[inline(never)]
fn set_long(number: u64, key: &'static str, value: i64) -> bool {
    stack::with(|local| local.set_plain_tag(number, key, value)) == Some(true)
}

#[cold]
fn redacts(argument: &str) -> bool {
    let redacts = stack::with(|local| {
        let tracer = local.tracer(local.active()?)?;
        Some(tracer.inner().redacted_arguments.contain_name(argument))
    });
    redacts.flatten().unwrap_or(false)
}

/// The active span of this thread, if it is recorded.
#[inline]
pub fn recording() -> Option<Recording> {
    if global::is_on() { recorded() } else { None }
}

/// Not inlined, because each function with tags calls it.
#[inline(never)]
fn recorded() -> Option<Recording> {
    match Active::get() {
        Active::Recorded(recording) => Some(recording),
        Active::Kept(_) | Active::NotRecorded | Active::Missing => None,
    }
}

/// Whether a tag of the active span matters for the metrics of requests. Then a handle stores the tag until
/// the span ends.
#[inline]
pub(crate) fn requests_count(key: &str) -> bool {
    Request::reads(key) && counts_requests()
}

#[cold]
fn counts_requests() -> bool {
    let counts = stack::with(|local| Some(local.tracer(local.active()?)?.counts_requests()));
    counts.flatten().unwrap_or(false)
}

/// What the tracer of the active span is told about an `Err` of which nothing else says whether it is a failure.
#[inline]
fn are_errors_failures() -> bool {
    !errors::may_be_no_failures() || are_failures_of_tracer()
}

#[cold]
fn are_failures_of_tracer() -> bool {
    let are_failures = stack::with(|local| Some(local.tracer(local.active()?)?.inner().errors.are_failures));
    are_failures.flatten().unwrap_or(true)
}

/// A span that is about to end, for the code of the attributes.
pub trait Ending {
    /// The number of the span; zero if there is none.
    #[doc(hidden)]
    fn number(&self) -> u64;

    /// Whether an attribute or the error itself has said that the `Err` is a failure.
    #[doc(hidden)]
    fn is_certain(&self) -> bool {
        false
    }

    /// The span to write an error on, if it is active and recorded. If it is not recorded, the failure may
    /// still count as a failed request.
    #[doc(hidden)]
    fn failed(&self) -> Option<Recording> {
        if self.number() == 0 || !(self.is_certain() || are_errors_failures()) {
            return None;
        }
        let recording = recording();
        if recording.is_none() && requests_count(tags::ERROR) {
            Span::of_slot(self.number()).set_tag(tags::ERROR, true);
        }
        recording.filter(|recording| recording.is_of(self.number()))
    }
}

impl Ending for Scope {
    fn number(&self) -> u64 {
        Scope::number(self)
    }
}

/// The span of a future that has completed.
#[derive(Debug, Clone, Copy)]
pub struct EndingPoll(pub(crate) u64);

impl Ending for EndingPoll {
    fn number(&self) -> u64 {
        self.0
    }
}
