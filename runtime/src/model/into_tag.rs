//! Values and tags that may be missing.

use std::borrow::Cow;

use super::tag::{Tag, TagValue};

/// A value for a tag, or `None` for no tag at all: everything that converts into a [`TagValue`], and `Option`s of it.
///
/// ```
/// use fedtrace::set_tag;
///
/// let attempt: Option<u32> = None;
/// set_tag("destination", "example.org");
/// set_tag("attempt", attempt); // sets nothing
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value for a tag",
    label = "cannot be converted into a `fedtrace::TagValue`",
    note = "a value is text, bytes, an integer, a float, a `bool` or an `Option` of one of these"
)]
pub trait IntoTagValue {
    /// The value, if there is one.
    fn into_tag_value(self) -> Option<TagValue>;
}

impl<V: Into<TagValue>> IntoTagValue for V {
    #[inline]
    fn into_tag_value(self) -> Option<TagValue> {
        Some(self.into())
    }
}

impl<V: Into<TagValue>> IntoTagValue for Option<V> {
    #[inline]
    fn into_tag_value(self) -> Option<TagValue> {
        self.map(Into::into)
    }
}

/// A tag, or a key and a value that may be missing: what converts into a [`Tag`], and pairs whose value is an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tag",
    label = "neither a `fedtrace::Tag` nor a pair of a key and a value",
    note = "a key is a `&'static str` or a `String`; a value is text, bytes, an integer, a float, a `bool` or an `Option` \
            of one of these"
)]
pub trait IntoTag {
    /// The tag, unless its value is missing.
    fn into_tag(self) -> Option<Tag>;
}

impl<T: Into<Tag>> IntoTag for T {
    #[inline]
    fn into_tag(self) -> Option<Tag> {
        Some(self.into())
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<TagValue>> IntoTag for (K, Option<V>) {
    #[inline]
    fn into_tag(self) -> Option<Tag> {
        let (key, value) = self;
        value.map(|value| Tag::new(key, value))
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
