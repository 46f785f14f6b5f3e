//! How much a span holds.

use std::sync::Arc;

use super::memory::Memory;
use crate::model::tag::{Tag, tags};
use crate::util::text::cut;

/// The most references of a span. OpenTelemetry has the same limit for links.
pub(crate) const MAX_REFERENCES: usize = 128;

/// Names and keys are never cut shorter than this, in bytes: a few characters tell no operations apart.
pub(crate) const SHORTEST_NAME: usize = 256;

/// What a request that is not recorded may hold, in bytes, in case it is forced later.
const UNRECORDED: usize = 8 * 1024;

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
    pub(crate) memory: Arc<Memory>,
}

impl Bounds {
    /// The most bytes of a name or a key.
    #[inline]
    pub(crate) fn name(&self) -> usize {
        self.value.max(SHORTEST_NAME)
    }

    #[inline]
    pub(crate) fn shorten_tag(&self, tag: &mut Tag) {
        cut(&mut tag.key, self.name());
        tag.value.truncate(self.value);
    }

    fn shorten_field(&self, field: &mut Tag) {
        let is_traceback = field.key == tags::STACK;
        cut(&mut field.key, self.name());
        field
            .value
            .truncate(if is_traceback { self.traceback } else { self.value });
    }

    /// Cuts the fields of a log record. Returns how many it left out.
    pub(crate) fn shorten_fields(&self, fields: &mut Vec<Tag>) -> u32 {
        let left_out = fields.len().saturating_sub(self.tags);
        fields.truncate(self.tags);
        if fields.capacity() > self.tags {
            // A copy, for the same reason as in `cut`.
            let mut copy = Vec::with_capacity(fields.len());
            copy.append(fields);
            *fields = copy;
        }
        for field in fields {
            self.shorten_field(field);
        }
        u32::try_from(left_out).unwrap_or(u32::MAX)
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
        Bounds {
            tags,
            records: 100,
            value: 1_024,
            traceback: 4_096,
            memory: Arc::new(Memory::new(1 << 40)),
        }
    }

    #[test]
    fn a_list_of_fields_holds_no_more_than_it_needs() {
        let bounds = bounds(3);
        let mut fields = Vec::with_capacity(1_000);
        fields.extend((0..5).map(|key| Tag::new(key.to_string(), key)));
        assert_eq!(bounds.shorten_fields(&mut fields), 2);
        assert_eq!((fields.len(), fields.capacity()), (3, 3));
        assert_eq!(bounds.shorten_fields(&mut fields), 0);
    }

    #[test]
    fn a_short_limit_of_values_leaves_names_apart() {
        let bounds = Bounds {
            value: 4,
            ..bounds(3)
        };
        let mut tag = Tag::new("http.status_code".repeat(100), "text".repeat(100));
        bounds.shorten_tag(&mut tag);
        assert_eq!((tag.key.len(), tag.value), (SHORTEST_NAME, "text".into()));
    }
}
