//! How much a span holds.

use std::sync::Arc;

use super::entry::Key;
use super::memory::Memory;
use crate::model::tag::tags;
use crate::model::value::{Field, Value};

/// The most references of a span. OpenTelemetry has the same limit for links.
pub(crate) const MAX_REFERENCES: usize = 128;

/// Names and keys are never cut shorter than this, in bytes: a few characters tell no operations apart.
pub(crate) const SHORTEST_NAME: usize = 256;

/// What a request that is not recorded may hold, in bytes, in case it is forced later.
const UNRECORDED: usize = 8 * 1024;

/// The most tags, log records and fields of a span in buffers that it shares with others.
pub(super) const LONGEST_CHAIN: usize = 16;

/// The limits of a span.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// The most tags of a span, and fields of a log record.
    pub(crate) tags: usize,
    /// The most log records; zero means no limit.
    pub(crate) records: usize,
    /// The most bytes of a value.
    pub(crate) value: usize,
    /// The most bytes of a stack trace.
    pub(crate) traceback: usize,
    /// The most entries of a span in buffers that it shares with others; not above the limits of tags and fields.
    pub(crate) chained: usize,
    /// The same if one of them is a log record.
    pub(crate) records_chained: usize,
    pub(crate) memory: Arc<Memory>,
}

impl Bounds {
    pub(crate) fn new(
        tags: usize,
        records: usize,
        value: usize,
        traceback: usize,
        memory: Arc<Memory>,
    ) -> Self {
        let chained = LONGEST_CHAIN.min(tags);
        Self {
            tags,
            records,
            value,
            traceback,
            chained,
            records_chained: match records {
                0 => chained,
                records => chained.min(records),
            },
            memory,
        }
    }

    /// The most bytes of a name or a key.
    #[inline]
    pub(crate) fn name(&self) -> usize {
        self.value.max(SHORTEST_NAME)
    }

    /// The most bytes of the value of a field.
    pub(crate) fn longest(&self, key: &str) -> usize {
        match key == tags::STACK {
            true => self.traceback,
            false => self.value,
        }
    }

    /// The bytes that are copied of a key and of a value that is cut to `limit`.
    #[inline]
    pub(crate) fn text_of(&self, key: Key<'_>, value: &Value<'_>, limit: usize) -> usize {
        let value = match value {
            Value::Static(_) | Value::Bool(_) | Value::Long(_) | Value::Double(_) => 0,
            Value::Text(text) => text.len(),
            Value::Owned(text) => text.len(),
            Value::Formatted(text) => text.as_str().len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::OwnedBytes(bytes) => bytes.len(),
        };
        key.buffered(self.name()) + value.min(limit)
    }

    pub(crate) fn text_of_field(&self, field: &Field<'_>) -> usize {
        self.text_of((&field.key).into(), &field.value, self.longest(&field.key))
    }

    /// The room of a span that is recorded.
    pub(crate) fn recorded(&self) -> Room<'_> {
        Room {
            bounds: self,
            bytes: usize::MAX,
        }
    }

    /// The room of a request that is not recorded, but may be forced.
    pub(crate) fn unrecorded(&self) -> Room<'_> {
        Room {
            bounds: self,
            bytes: UNRECORDED,
        }
    }
}

/// How much one span may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room<'a> {
    pub(crate) bounds: &'a Bounds,
    pub(crate) bytes: usize,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bounds(tags: usize) -> Bounds {
        Bounds::new(tags, 100, 1_024, 4_096, Arc::new(Memory::new(1 << 40)))
    }

    #[test]
    fn a_short_limit_of_values_leaves_names_apart() {
        let bounds = Bounds::new(3, 100, 4, 4_096, Arc::new(Memory::new(1 << 40)));
        let key = "http.status_code".repeat(100);
        let value = Value::Owned("text".repeat(100));
        assert_eq!(
            bounds.text_of(Key::Text(&key), &value, bounds.value),
            SHORTEST_NAME + 4
        );
    }

    #[test]
    fn entries_in_shared_buffers_never_exceed_the_limits_of_a_span() {
        for (tags, records, chained, records_chained) in [
            (128, 1024, LONGEST_CHAIN, LONGEST_CHAIN),
            (128, 0, LONGEST_CHAIN, LONGEST_CHAIN),
            (128, 5, LONGEST_CHAIN, 5),
            (3, 0, 3, 3),
        ] {
            let bounds = Bounds::new(tags, records, 1, 1, Arc::new(Memory::new(1)));
            assert_eq!(
                (bounds.chained, bounds.records_chained),
                (chained, records_chained)
            );
        }
    }
}
