//! The fields of a log record in the forms in which a caller writes them.

use super::into_tag::IntoTag;
use super::tag::Tag;
use super::value::Field;

/// The fields of a log record: an array or a `Vec` of tags, or a tuple of up to 12 tags with values of different types.
///
/// Each field is a [`Tag`], or a pair of a key and a value. A field whose value is `None` is left out. Nothing is
/// converted for a span that is not recorded, unless it has no parent in this process: such a span may be
/// [forced](crate::force_tracing) later.
///
/// ```
/// use fedtrace::{Tag, log_kv};
///
/// let error: Option<String> = None;
/// log_kv([("event", "retry"), ("destination", "example.org")]);
/// log_kv((("event", "retry"), ("attempt", 2), ("error", error)));
/// log_kv(vec![Tag::new("event", "retry"), Tag::new("attempt", 2)]);
/// ```
///
/// A type of your program can be a log record too:
///
/// ```
/// use fedtrace::{LogFields, Tag, log_kv};
///
/// struct Retry {
///     attempt: u32,
/// }
///
/// impl LogFields for Retry {
///     fn into_fields(self) -> Vec<Tag> {
///         (("event", "retry"), ("attempt", self.attempt)).into_fields()
///     }
/// }
///
/// log_kv(Retry { attempt: 2 });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of log fields",
    label = "not an array, a `Vec` or a tuple of fields",
    note = "fields of one type are written `[(\"event\", \"retry\")]`, and mixed ones `((\"event\", \"retry\"), (\"attempt\", 2))`",
    note = "a tuple has at most 12 fields; a `Vec` of `fedtrace::Tag` may have more",
    note = "a value is text, bytes, an integer, a float, a `bool` or an `Option` of one of these",
    note = "collect an iterator into a `Vec`"
)]
pub trait LogFields {
    /// The fields, in the order in which they are shown.
    fn into_fields(self) -> Vec<Tag>;

    /// Passes the fields to `take`, which copies them. It allocates nothing for arrays and tuples.
    #[doc(hidden)]
    #[inline]
    fn with_fields<R>(self, take: impl FnOnce(&[Option<Field<'_>>]) -> R) -> R
    where
        Self: Sized,
    {
        let fields: Vec<_> = self
            .into_fields()
            .into_iter()
            .map(|tag| Some(tag.into()))
            .collect();
        take(&fields)
    }
}

impl<F: IntoTag, const N: usize> LogFields for [F; N] {
    fn into_fields(self) -> Vec<Tag> {
        let mut fields = Vec::with_capacity(N);
        fields.extend(self.into_iter().filter_map(IntoTag::into_tag));
        fields
    }

    #[inline]
    fn with_fields<R>(self, take: impl FnOnce(&[Option<Field<'_>>]) -> R) -> R {
        take(&self.map(IntoTag::into_field))
    }
}

impl<F: IntoTag> LogFields for Vec<F> {
    fn into_fields(self) -> Vec<Tag> {
        self.into_iter().filter_map(IntoTag::into_tag).collect()
    }
}

macro_rules! tuples {
    () => {};
    ($first:ident $($rest:ident)*) => {
        impl<$first: IntoTag, $($rest: IntoTag),*> LogFields for ($first, $($rest,)*) {
            fn into_fields(self) -> Vec<Tag> {
                #[allow(non_snake_case)]
                let ($first, $($rest,)*) = self;
                let fields = [$first.into_tag(), $($rest.into_tag()),*];
                let mut present = Vec::with_capacity(fields.len());
                present.extend(fields.into_iter().flatten());
                present
            }

            #[allow(non_snake_case)]
            #[inline]
            fn with_fields<R>(self, take: impl FnOnce(&[Option<Field<'_>>]) -> R) -> R {
                let ($first, $($rest,)*) = self;
                take(&[$first.into_field(), $($rest.into_field()),*])
            }
        }

        tuples!($($rest)*);
    };
}
tuples!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> [Tag; 2] {
        [Tag::new("event", "retry"), Tag::new("attempt", 2)]
    }

    #[test]
    fn a_tuple_has_values_of_different_types() {
        assert_eq!((("event", "retry"), ("attempt", 2)).into_fields(), expected());
        assert_eq!(
            (Tag::new("event", "retry"), ("attempt".to_owned(), 2_u64)).into_fields(),
            expected()
        );
        assert_eq!((("event", "retry"),).into_fields(), expected()[..1]);
    }

    #[test]
    fn arrays_and_vecs_are_fields_of_one_type() {
        assert_eq!(expected().into_fields(), expected());
        assert_eq!(expected().to_vec().into_fields(), expected());
        assert_eq!(vec![("event", "retry")].into_fields(), expected()[..1]);
    }

    #[test]
    fn a_field_without_a_value_is_left_out() {
        let (missing, present) = (None::<&str>, Some(2));
        assert_eq!(
            (("event", "retry"), ("error", missing), ("attempt", present)).into_fields(),
            expected()
        );
        assert_eq!([("error", missing)].into_fields(), []);
    }

    #[test]
    fn a_tuple_has_up_to_twelve_fields_and_keeps_their_order() {
        let fields = (
            ("0", 0),
            ("1", 1),
            ("2", 2),
            ("3", 3),
            ("4", 4),
            ("5", 5),
            ("6", 6),
            ("7", 7),
            ("8", 8),
            ("9", 9),
            ("10", 10),
            ("11", "eleven"),
        );
        let fields = fields.into_fields();
        assert_eq!(fields.len(), 12);
        assert!(
            fields
                .iter()
                .enumerate()
                .all(|(at, field)| field.key == at.to_string())
        );
    }
}
