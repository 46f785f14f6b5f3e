//! Tags of a finished span, as a reporter reads them.

use std::fmt;
use std::slice;

use super::collection::{ShownLog, ShownTag, ShownTags};
use super::entries::Entries;
use super::entry::Entry;
use crate::model::tag::{Tag, TagValue};
use crate::model::value::Value;
use crate::util::text::truth;

/// A tag of a finished span, or a field of one of its log records.
///
/// ```
/// use fedtrace::reporter::{TagView, ValueView};
///
/// fn is_failure(tag: TagView<'_>) -> bool {
///     tag.key == fedtrace::tags::ERROR && tag.value == ValueView::Bool(true)
/// }
/// # let _ = is_failure;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TagView<'a> {
    /// The key, for example one of [`tags`](crate::tags).
    pub key: &'a str,
    /// The value.
    pub value: ValueView<'a>,
}

impl TagView<'_> {
    /// A copy for those who keep the tag.
    pub fn to_tag(self) -> Tag {
        Tag::new(self.key.to_owned(), self.value.to_tag_value())
    }
}

impl<'a> From<&'a Tag> for TagView<'a> {
    fn from(tag: &'a Tag) -> Self {
        Self {
            key: &tag.key,
            value: ValueView::from(&tag.value),
        }
    }
}

/// The value of a [`TagView`], in the types of a [`TagValue`].
///
/// ```
/// use fedtrace::TagValue;
/// use fedtrace::reporter::ValueView;
///
/// let value = TagValue::from("example.org");
/// let view = ValueView::from(&value);
/// assert_eq!(view.as_str(), Some("example.org"));
/// assert_eq!(view.to_tag_value(), value);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueView<'a> {
    /// Text.
    String(&'a str),
    /// A boolean.
    Bool(bool),
    /// A signed 64-bit integer.
    Long(i64),
    /// A floating point number.
    Double(f64),
    /// Bytes.
    Binary(&'a [u8]),
}

impl<'a> ValueView<'a> {
    /// Whether it says yes, as tags like `error` do.
    pub(crate) fn is_true(self) -> bool {
        match self {
            Self::Bool(value) => value,
            Self::String(text) => truth(text) == Some(true),
            Self::Long(_) | Self::Double(_) | Self::Binary(_) => false,
        }
    }

    /// The text, if this is text.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// A copy for those who keep the value.
    pub fn to_tag_value(self) -> TagValue {
        match self {
            Self::String(text) => text.into(),
            Self::Bool(value) => value.into(),
            Self::Long(value) => value.into(),
            Self::Double(value) => value.into(),
            Self::Binary(bytes) => bytes.into(),
        }
    }
}

impl<'a> From<&'a TagValue> for ValueView<'a> {
    fn from(value: &'a TagValue) -> Self {
        match value {
            TagValue::String(text) => Self::String(text),
            TagValue::Bool(value) => Self::Bool(*value),
            TagValue::Long(value) => Self::Long(*value),
            TagValue::Double(value) => Self::Double(*value),
            TagValue::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

/// As a [`TagValue`] is shown.
impl fmt::Display for ValueView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Bool(value) => value.fmt(f),
            Self::Long(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::Binary(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// An iterator over tags, in the order in which they were set.
#[derive(Debug, Clone)]
#[must_use = "iterators do nothing unless they are used"]
pub struct Tags<'a>(Source<'a>);

#[derive(Debug, Clone)]
enum Source<'a> {
    Finished(slice::Iter<'a, Tag>),
    Collected(ShownTags<'a>),
    Fields(slice::Iter<'a, Entry>, &'a Entries),
}

impl<'a> From<ShownTag<'a>> for TagView<'a> {
    fn from(tag: ShownTag<'a>) -> Self {
        match tag {
            ShownTag::OfDecision(tag) => tag.into(),
            ShownTag::Entry(entry, entries) => Self {
                key: entry.key.get(&entries.text),
                value: match entries.value_of(entry) {
                    Value::Static(text) | Value::Text(text) => ValueView::String(text),
                    Value::Bool(value) => ValueView::Bool(value),
                    Value::Long(value) => ValueView::Long(value),
                    Value::Double(value) => ValueView::Double(value),
                    Value::Bytes(bytes) => ValueView::Binary(bytes),
                    // Entries only borrow.
                    Value::Owned(_) | Value::Formatted(_) | Value::OwnedBytes(_) => ValueView::String(""),
                },
            },
        }
    }
}

impl<'a> Tags<'a> {
    pub(super) fn collected(tags: ShownTags<'a>) -> Self {
        Self(Source::Collected(tags))
    }

    pub(super) fn fields(log: ShownLog<'a>) -> Self {
        Self(Source::Fields(log.fields.iter(), log.entries))
    }

    /// The tags for those who keep them. Keys that are literals are not copied.
    pub(super) fn to_tags(&self) -> Vec<Tag> {
        let copied = |tag: ShownTag<'a>| match tag {
            ShownTag::OfDecision(tag) => tag.clone(),
            ShownTag::Entry(entry, entries) => Tag {
                key: entry.key.key(&entries.text).to_cow(),
                value: entries.value_of(entry).into_tag_value(),
            },
        };
        match &self.0 {
            Source::Finished(tags) => tags.as_slice().to_vec(),
            Source::Collected(tags) => tags.clone().map(copied).collect(),
            Source::Fields(fields, entries) => {
                let fields = fields.clone().map(|field| ShownTag::Entry(field, entries));
                fields.map(copied).collect()
            }
        }
    }
}

impl<'a> From<&'a [Tag]> for Tags<'a> {
    fn from(tags: &'a [Tag]) -> Self {
        Self(Source::Finished(tags.iter()))
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = TagView<'a>;

    fn next(&mut self) -> Option<TagView<'a>> {
        match &mut self.0 {
            Source::Finished(tags) => tags.next().map(TagView::from),
            Source::Collected(tags) => tags.next().map(TagView::from),
            Source::Fields(fields, entries) => {
                let field = ShownTag::Entry(fields.next()?, entries);
                Some(field.into())
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Source::Finished(tags) => tags.size_hint(),
            Source::Collected(tags) => tags.size_hint(),
            Source::Fields(fields, _) => fields.size_hint(),
        }
    }
}

impl ExactSizeIterator for Tags<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> [TagValue; 5] {
        [
            "text".into(),
            true.into(),
            TagValue::Long(-1),
            1.5.into(),
            vec![1_u8, 2].into(),
        ]
    }

    #[test]
    fn a_value_is_shown_and_copied_as_what_it_was_read_from() {
        for value in values() {
            let view = ValueView::from(&value);
            assert_eq!(view.to_string(), value.to_string());
            assert_eq!(view.as_str(), value.as_str());
            assert_eq!(view.to_tag_value(), value);
        }
    }

    #[test]
    fn the_number_of_tags_that_are_left_is_exact() {
        let all: Vec<_> = values().into_iter().map(|value| Tag::new("key", value)).collect();
        let mut tags = Tags::from(&all[..]);
        for left in (0..5).rev() {
            assert_eq!(tags.next().map(TagView::to_tag), Some(all[4 - left].clone()));
            assert_eq!(tags.len(), left);
        }
        assert_eq!(tags.next(), None);
    }
}
