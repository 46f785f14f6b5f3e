//! What a span says about itself, in compact form: tags, log records and names.

use std::borrow::Cow;
use std::ptr;

use crate::util::text::beginning;
use crate::util::tick::Tick;

/// The key of a tag or a name, before it is copied into a span.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    /// Text that is never freed.
    Static(&'static str),
    Text(&'a str),
}

impl<'a> Key<'a> {
    #[inline]
    pub(crate) fn as_str(self) -> &'a str {
        match self {
            Self::Static(text) => text,
            Self::Text(text) => text,
        }
    }

    /// The beginning of it, at most `limit` bytes.
    #[inline]
    pub(super) fn cut(self, limit: usize) -> Self {
        match self {
            Self::Static(text) => Self::Static(beginning(text, limit)),
            Self::Text(text) => Self::Text(beginning(text, limit)),
        }
    }

    /// The same in a type that borrows nothing from the caller.
    pub(super) fn to_cow(self) -> Cow<'static, str> {
        match self {
            Self::Static(text) => Cow::Borrowed(text),
            Self::Text(text) => Cow::Owned(text.to_owned()),
        }
    }

    /// The bytes that are copied of it, if it is cut to `limit`.
    #[inline]
    pub(super) fn buffered(self, limit: usize) -> usize {
        match self {
            Self::Static(_) => 0,
            Self::Text(text) => text.len().min(limit),
        }
    }
}

impl<'a> From<&'a Cow<'static, str>> for Key<'a> {
    #[inline]
    fn from(key: &'a Cow<'static, str>) -> Self {
        match key {
            Cow::Borrowed(key) => Self::Static(key),
            Cow::Owned(key) => Self::Text(key),
        }
    }
}

/// Text that is never freed, or a part of the text of the same [`Entries`](super::entries::Entries).
#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryText {
    Static(&'static str),
    Buffered { at: u32, len: u32 },
}

impl EntryText {
    #[inline]
    pub(super) fn get<'a>(&self, text: &'a str) -> &'a str {
        match *self {
            Self::Static(text) => text,
            Self::Buffered { at, len } => {
                let at = at as usize;
                text.get(at..at + len as usize).unwrap_or_default()
            }
        }
    }

    pub(super) fn key<'a>(&self, text: &'a str) -> Key<'a> {
        match *self {
            Self::Static(text) => Key::Static(text),
            Self::Buffered { .. } => Key::Text(self.get(text)),
        }
    }

    /// The bytes that it takes of the buffer.
    #[inline]
    pub(super) fn buffered(&self) -> usize {
        match self {
            Self::Static(_) => 0,
            Self::Buffered { len, .. } => *len as usize,
        }
    }

    /// The buffer of this text was appended to another one.
    #[inline]
    pub(super) fn shift(&mut self, by: u32) {
        if let Self::Buffered { at, .. } = self {
            *at += by;
        }
    }
}

/// Whether two texts are equal. Keys are mostly the same literals.
#[inline]
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (ptr::eq(one, other) || one == other)
}

/// The value of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryValue {
    Bool(bool),
    Long(i64),
    Double(f64),
    Text(EntryText),
    /// A part of the bytes of the same [`Entries`](super::entries::Entries).
    Bytes {
        at: u32,
        len: u32,
    },
    /// When a log record was made.
    Moment(Tick),
}

impl EntryValue {
    #[inline]
    pub(super) fn buffered(&self) -> usize {
        match self {
            Self::Text(text) => text.buffered(),
            Self::Bytes { len, .. } => *len as usize,
            Self::Bool(_) | Self::Long(_) | Self::Double(_) | Self::Moment(_) => 0,
        }
    }

    /// The buffers of these values were appended to others.
    #[inline]
    pub(super) fn shift(&mut self, text_by: u32, bytes_by: u32) {
        match self {
            Self::Text(text) => text.shift(text_by),
            Self::Bytes { at, .. } => *at += bytes_by,
            Self::Bool(_) | Self::Long(_) | Self::Double(_) | Self::Moment(_) => {}
        }
    }
}

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Tag,
    /// A log record, whose fields are the so many entries after it.
    Record {
        fields: u16,
    },
    /// A field of the log record before it.
    Field,
    /// The name of the span, instead of the one in its record.
    Name,
    /// Something that was replaced.
    Dead,
}

/// A tag, a log record, one of its fields, or a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(super) key: EntryText,
    pub(super) value: EntryValue,
    /// Where the entry before it of the same span is. Fields have none.
    pub(super) previous: u32,
    pub(super) kind: EntryKind,
}

impl Entry {
    /// The bytes that it takes of the buffers.
    pub(super) fn buffered(&self) -> usize {
        self.key.buffered() + self.value.buffered()
    }
}
