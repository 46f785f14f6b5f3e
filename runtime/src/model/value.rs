//! The value of a tag on its way into a span, borrowed from its caller where that is possible.

use std::borrow::Cow;

use super::formatted::Formatted;
use super::tag::{Tag, TagValue};

/// The value of a tag, before it is copied into a span.
#[derive(Debug)]
pub enum Value<'a> {
    /// Text that is never freed.
    Static(&'static str),
    /// Text of the caller.
    Text(&'a str),
    /// Text that was made for this value.
    Owned(String),
    /// Text that was formatted into a buffer of this thread.
    Formatted(Formatted),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Long(i64),
    /// A floating point number.
    Double(f64),
    /// Bytes of the caller.
    Bytes(&'a [u8]),
    /// Bytes that were made for this value.
    OwnedBytes(Vec<u8>),
}

impl Value<'_> {
    /// The text, if this is text.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Static(text) => Some(text),
            Self::Text(text) => Some(text),
            Self::Owned(text) => Some(text),
            Self::Formatted(text) => Some(text.as_str()),
            Self::Bool(_) | Self::Long(_) | Self::Double(_) | Self::Bytes(_) | Self::OwnedBytes(_) => None,
        }
    }

    /// The same in a type that borrows nothing.
    pub(crate) fn into_tag_value(self) -> TagValue {
        match self {
            Self::Static(text) => TagValue::from_static(text),
            Self::Text(text) => text.into(),
            Self::Owned(text) => text.into(),
            Self::Formatted(text) => text.as_str().into(),
            Self::Bool(value) => value.into(),
            Self::Long(value) => value.into(),
            Self::Double(value) => value.into(),
            Self::Bytes(bytes) => bytes.into(),
            Self::OwnedBytes(bytes) => bytes.into(),
        }
    }
}

impl From<TagValue> for Value<'_> {
    #[inline]
    fn from(value: TagValue) -> Self {
        match value {
            TagValue::String(Cow::Borrowed(text)) => Self::Static(text),
            TagValue::String(Cow::Owned(text)) => Self::Owned(text),
            TagValue::Bool(value) => Self::Bool(value),
            TagValue::Long(value) => Self::Long(value),
            TagValue::Double(value) => Self::Double(value),
            TagValue::Binary(bytes) => Self::OwnedBytes(bytes),
        }
    }
}

impl<'a> From<&'a TagValue> for Value<'a> {
    #[inline]
    fn from(value: &'a TagValue) -> Self {
        match value {
            TagValue::String(Cow::Borrowed(text)) => Self::Static(text),
            TagValue::String(Cow::Owned(text)) => Self::Text(text),
            TagValue::Bool(value) => Self::Bool(*value),
            TagValue::Long(value) => Self::Long(*value),
            TagValue::Double(value) => Self::Double(*value),
            TagValue::Binary(bytes) => Self::Bytes(bytes),
        }
    }
}

/// A key and a value on their way into a span.
#[derive(Debug)]
pub struct Field<'a> {
    /// The key.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Value<'a>,
}

impl Field<'static> {
    pub(crate) fn of_static(key: &'static str, value: &'static str) -> Self {
        Self {
            key: Cow::Borrowed(key),
            value: Value::Static(value),
        }
    }
}

impl From<Tag> for Field<'_> {
    #[inline]
    fn from(tag: Tag) -> Self {
        Self {
            key: tag.key,
            value: tag.value.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_whether_it_was_borrowed_or_not() {
        let mut formatted = Formatted::new();
        formatted.text().push_str("text");
        let cases: [(Value<'_>, TagValue); 9] = [
            (Value::Static("text"), "text".into()),
            (Value::Text("text"), "text".into()),
            (Value::Owned("text".to_owned()), "text".into()),
            (Value::Formatted(formatted), "text".into()),
            (Value::Bool(true), true.into()),
            (Value::Long(-7), TagValue::Long(-7)),
            (Value::Double(0.5), 0.5.into()),
            (Value::Bytes(&[1, 2]), TagValue::Binary(vec![1, 2])),
            (Value::OwnedBytes(vec![1, 2]), TagValue::Binary(vec![1, 2])),
        ];
        for (value, expected) in cases {
            assert_eq!(Value::from(&expected).into_tag_value(), expected);
            assert_eq!(value.into_tag_value(), expected);
        }
    }
}
