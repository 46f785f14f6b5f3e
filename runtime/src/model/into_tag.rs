//! Values and tags that may be missing.

use std::borrow::Cow;
use std::sync::Arc;

use super::tag::{Tag, TagValue, each_number};
use super::value::{Field, Value};

/// A value for a tag, or `None` for no tag at all: text, bytes, numbers, a `bool`, a [`TagValue`], and `Option`s of
/// these.
///
/// ```
/// use fedtrace::set_tag;
///
/// let attempt: Option<u32> = None;
/// set_tag("destination", "example.org");
/// set_tag("attempt", attempt); // sets nothing
/// ```
///
/// A type of your program can be a value too. It is asked only for a span that is recorded:
///
/// ```
/// use fedtrace::{IntoTagValue, TagValue, set_tag};
///
/// struct RoomVersion(u8);
///
/// impl IntoTagValue for RoomVersion {
///     fn into_tag_value(self) -> Option<TagValue> {
///         Some(self.0.into())
///     }
/// }
///
/// set_tag("room_version", RoomVersion(11));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value for a tag",
    label = "cannot be converted into a `fedtrace::TagValue`",
    note = "a value is text, bytes, an integer, a float, a `bool` or an `Option` of one of these"
)]
pub trait IntoTagValue {
    /// Whether a conversion runs no code of the program.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// The value, if there is one.
    fn into_tag_value(self) -> Option<TagValue>;

    /// The value as it is copied into a span.
    #[doc(hidden)]
    #[inline]
    fn into_value<'a>(self) -> Option<Value<'a>>
    where
        Self: Sized + 'a,
    {
        self.into_tag_value().map(Value::from)
    }
}

impl<V: IntoTagValue> IntoTagValue for Option<V> {
    const IS_PLAIN: bool = V::IS_PLAIN;

    #[inline]
    fn into_tag_value(self) -> Option<TagValue> {
        self.and_then(V::into_tag_value)
    }

    #[inline]
    fn into_value<'a>(self) -> Option<Value<'a>>
    where
        Self: 'a,
    {
        self.and_then(|value| value.into_value())
    }
}

macro_rules! plain_values {
    ($($type:ty),* $(,)?) => {$(
        impl IntoTagValue for $type {
            const IS_PLAIN: bool = true;

            #[inline]
            fn into_tag_value(self) -> Option<TagValue> {
                Some(self.into())
            }
        }
    )*};
}
each_number!(plain_values);
plain_values!(
    TagValue,
    char,
    String,
    Cow<'static, str>,
    Box<str>,
    Arc<str>,
    Vec<u8>,
);

macro_rules! borrowed_values {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl IntoTagValue for &$type {
            const IS_PLAIN: bool = true;

            #[inline]
            fn into_tag_value(self) -> Option<TagValue> {
                Some(self.into())
            }

            #[inline]
            fn into_value<'a>(self) -> Option<Value<'a>>
            where
                Self: 'a,
            {
                Some(Value::$variant(self))
            }
        }
    )*};
}
borrowed_values!(str => Text, String => Text, [u8] => Bytes);

impl IntoTagValue for Value<'_> {
    const IS_PLAIN: bool = true;

    fn into_tag_value(self) -> Option<TagValue> {
        Some(Value::into_tag_value(self))
    }

    #[inline]
    fn into_value<'a>(self) -> Option<Value<'a>>
    where
        Self: 'a,
    {
        Some(self)
    }
}

impl IntoTagValue for &TagValue {
    const IS_PLAIN: bool = true;

    #[inline]
    fn into_tag_value(self) -> Option<TagValue> {
        Some(self.clone())
    }

    #[inline]
    fn into_value<'a>(self) -> Option<Value<'a>>
    where
        Self: 'a,
    {
        Some(self.into())
    }
}

/// A [`Tag`], or a pair of a key and a [value](IntoTagValue) that may be missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tag",
    label = "neither a `fedtrace::Tag` nor a pair of a key and a value",
    note = "a key is a `&'static str` or a `String`; a value is text, bytes, an integer, a float, a `bool` or an `Option` \
            of one of these"
)]
pub trait IntoTag {
    /// The tag, unless its value is missing.
    fn into_tag(self) -> Option<Tag>;

    /// The tag as it is copied into a span.
    #[doc(hidden)]
    #[inline]
    fn into_field<'a>(self) -> Option<Field<'a>>
    where
        Self: Sized + 'a,
    {
        self.into_tag().map(Field::from)
    }
}

impl IntoTag for Tag {
    #[inline]
    fn into_tag(self) -> Option<Tag> {
        Some(self)
    }
}

impl<K: Into<Cow<'static, str>>, V: IntoTagValue> IntoTag for (K, V) {
    #[inline]
    fn into_tag(self) -> Option<Tag> {
        let (key, value) = self;
        value.into_tag_value().map(|value| Tag::new(key, value))
    }

    #[inline]
    fn into_field<'a>(self) -> Option<Field<'a>>
    where
        Self: 'a,
    {
        let (key, value) = self;
        value.into_value().map(|value| Field {
            key: key.into(),
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroI8, NonZeroU128};
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_value_that_is_missing_is_no_tag() {
        assert_eq!(5.into_tag_value(), Some(TagValue::Long(5)));
        assert_eq!(Some("text").into_tag_value(), Some("text".into()));
        assert_eq!(None::<bool>.into_tag_value(), None);
        assert_eq!(("key", Some(5)).into_tag(), Some(Tag::new("key", 5)));
        assert_eq!(("key", None::<&str>).into_tag(), None);
    }

    #[test]
    fn a_value_is_the_same_on_both_ways_into_a_span() {
        fn both<'a, V: IntoTagValue + Clone + 'a>(value: V) -> Option<TagValue> {
            let borrowed = value.clone().into_value().map(Value::into_tag_value);
            let owned = value.into_tag_value();
            assert_eq!(borrowed, owned);
            owned
        }
        assert_eq!(both("text"), Some("text".into()));
        assert_eq!(both(&"text".to_owned()), Some("text".into()));
        assert_eq!(both(&[1_u8, 2][..]), Some(TagValue::Binary(vec![1, 2])));
        assert_eq!(both(&TagValue::Bool(true)), Some(TagValue::Bool(true)));
        assert_eq!(both(Some(Some("text"))), Some("text".into()));
        assert_eq!(both(Some(None::<u8>)), None);
        assert_eq!(both(u64::MAX), Some("18446744073709551615".into()));
    }

    #[test]
    fn a_static_text_is_not_copied() {
        let text = "text";
        let TagValue::String(Cow::Borrowed(borrowed)) = TagValue::from_static(text) else {
            panic!("not borrowed");
        };
        assert_eq!(borrowed.as_ptr(), text.as_ptr());
    }

    #[test]
    fn shared_text_and_numbers_that_are_not_zero_are_values() {
        assert_eq!(TagValue::from(Arc::<str>::from("text")), "text".into());
        assert_eq!(TagValue::from(Box::<str>::from("text")), "text".into());
        assert_eq!(TagValue::from(NonZeroI8::MIN), TagValue::Long(-128));
        assert_eq!(TagValue::from(NonZeroU128::MAX), u128::MAX.to_string().into());
    }
}
