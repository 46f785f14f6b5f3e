//! Tags for a span that is not open yet.

use super::argument::redacted;
use crate::model::tag::TagValue;
use crate::model::value::Value;
use crate::span::leveled::Leveled;
use crate::span::recording::{Active, recording};
use crate::span::stack::active::active_tracer;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::tracer::redaction;

/// Tags for the span of a future, made when the function that returns the future is called.
///
/// If it is already known that the span will not be recorded, it is empty and costs no formatting.
#[derive(Debug)]
pub struct EarlyTags(Option<Box<PendingTags>>);

#[derive(Debug)]
struct PendingTags {
    tags: Vec<PendingTag>,
    max_tag_value_length: usize,
    /// The tracer that the span is likely to belong to, if any configuration names arguments to hide.
    redacting: Option<Tracer>,
}

#[derive(Debug)]
struct PendingTag {
    /// The name of the argument; `None` for a field, which no configuration hides.
    argument: Option<&'static str>,
    key: &'static str,
    value: TagValue,
}

impl EarlyTags {
    /// No tags yet.
    #[inline]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        if !global::is_on() {
            return Self(None);
        }
        Self::of_active_trace()
    }

    /// No tags yet, for a span with a level. If the span is left out, its tags are, too.
    #[inline]
    pub fn leveled<const LEVEL: u8>(leveled: &Leveled<LEVEL>) -> Self {
        match leveled.is_enabled() {
            true => Self::of_active_trace(),
            false => Self(None),
        }
    }

    fn of_active_trace() -> Self {
        let (max_tag_value_length, tracer) = match Active::get() {
            Active::Kept(_) | Active::NotRecorded => return Self(None),
            Active::Recorded(recording) => {
                let tracer = redaction::is_used().then(active_tracer).flatten();
                (recording.max_tag_value_length(), tracer)
            }
            Active::Missing => match global::current_tracer() {
                Some(tracer) => (tracer.inner().limits.max_tag_value_length, Some(tracer)),
                None => return Self(None),
            },
        };
        Self(Some(Box::new(PendingTags {
            tags: Vec::new(),
            max_tag_value_length,
            redacting: tracer.filter(|_| redaction::is_used()),
        })))
    }

    /// Whether the configuration hides the argument of this name, which is then not formatted.
    pub fn redacts(&self, argument: &'static str) -> bool {
        let tracer = self.0.as_ref().and_then(|pending| pending.redacting.as_ref());
        tracer.is_some_and(|tracer| tracer.inner().redacted_arguments.contain_name(argument))
    }

    /// The maximum length of a text in bytes; `None` if tags are not needed.
    #[inline]
    pub fn max_tag_value_length(&self) -> Option<usize> {
        self.0.as_ref().map(|pending| pending.max_tag_value_length)
    }

    /// Stores a tag.
    pub fn tag(&mut self, key: &'static str, value: Value<'_>) {
        self.push(None, key, value);
    }

    /// Stores the tag of an argument.
    pub fn argument(&mut self, argument: &'static str, key: &'static str, value: Value<'_>) {
        self.push(Some(argument), key, value);
    }

    fn push(&mut self, argument: Option<&'static str>, key: &'static str, value: Value<'_>) {
        if let Some(pending) = &mut self.0 {
            let mut value = value.into_tag_value();
            value.truncate(pending.max_tag_value_length);
            pending.tags.push(PendingTag { argument, key, value });
        }
    }

    /// Sets the tags on the active span, if it is recorded.
    #[inline]
    pub fn set(self) {
        if let Some(pending) = self.0 {
            if let Some(recording) = recording() {
                for PendingTag { argument, key, value } in pending.tags {
                    // The span may belong to another tracer after all.
                    let value = match argument.is_some_and(|argument| recording.redacts(argument)) {
                        true => redacted(),
                        false => value.into(),
                    };
                    recording.tag(key, value);
                }
            }
        }
    }
}
