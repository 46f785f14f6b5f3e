//! Tags for a span that is not open yet.

use crate::model::tag::TagValue;
use crate::span::recording::{Active, recording};
use crate::tracer::global;

/// Tags for the span of a future, made when the function that returns the future is called.
///
/// If it is already known that the span will not be recorded, it is empty and costs no formatting.
#[derive(Debug)]
pub struct EarlyTags(Option<Box<Pending>>);

#[derive(Debug)]
struct Pending {
    tags: Vec<(&'static str, TagValue)>,
    max_tag_value_length: usize,
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

    fn of_active_trace() -> Self {
        let limit = match Active::get() {
            Active::Kept(_) | Active::NotRecorded => None,
            Active::Recorded(recording) => Some(recording.max_tag_value_length()),
            Active::Missing => {
                global::current_tracer().map(|tracer| tracer.inner().limits.max_tag_value_length)
            }
        };
        Self(limit.map(|max_tag_value_length| {
            Box::new(Pending {
                tags: Vec::new(),
                max_tag_value_length,
            })
        }))
    }

    /// The maximum length of a text in bytes; `None` if tags are not needed.
    #[inline]
    pub fn max_tag_value_length(&self) -> Option<usize> {
        self.0.as_ref().map(|pending| pending.max_tag_value_length)
    }

    /// Stores a tag.
    pub fn tag(&mut self, key: &'static str, value: TagValue) {
        if let Some(pending) = &mut self.0 {
            pending.tags.push((key, value));
        }
    }

    /// Sets the tags on the active span, if it is recorded.
    #[inline]
    pub fn set(self) {
        if let Some(pending) = self.0 {
            if let Some(recording) = recording() {
                for (key, value) in pending.tags {
                    recording.tag(key, value);
                }
            }
        }
    }
}
