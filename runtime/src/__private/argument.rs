//! The value of a tag, chosen by the traits of an argument's type.
//!
//! Each step of the choice is a type that dereferences to the next step and has a method `fedtrace_value`
//! under a condition. A call uses the first step whose condition holds, so the argument's type needs no
//! bound.

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::text;
use crate::model::tag::{TagValue, each_number};
use crate::model::value::Value;
use crate::util::text::REDACTED;

/// An argument that can be converted to the value of a tag.
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized>(AsDisplay<'a, T>);

#[derive(Debug)]
pub struct AsDisplay<'a, T: ?Sized>(AsDebug<'a, T>);

#[derive(Debug)]
pub struct AsDebug<'a, T: ?Sized>(AsTypeName<'a, T>);

#[derive(Debug)]
pub struct AsTypeName<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Argument<'a, T> {
    /// Wraps an argument.
    #[inline]
    pub fn new(argument: &'a T) -> Self {
        Self(AsDisplay(AsDebug(AsTypeName(argument))))
    }
}

// Not inlined, so that it is compiled once for each type and not for each argument.

impl<'a, T: Native + ?Sized> Argument<'a, T> {
    /// The value in its own type. Text may be longer than the limit.
    #[inline(always)]
    pub fn fedtrace_value(&self, _: usize) -> Value<'a> {
        self.0.0.0.0.native()
    }
}

impl<T: Display + ?Sized> AsDisplay<'_, T> {
    /// The value as text, at most this many bytes of it.
    #[inline(never)]
    pub fn fedtrace_value(&self, limit: usize) -> Value<'static> {
        text::capped(format_args!("{}", self.0.0.0), limit)
    }
}

impl<T: Debug + ?Sized> AsDebug<'_, T> {
    /// The value as text, at most this many bytes of it.
    #[inline(never)]
    pub fn fedtrace_value(&self, limit: usize) -> Value<'static> {
        text::capped(format_args!("{:?}", self.0.0), limit)
    }
}

impl<T: ?Sized> AsTypeName<'_, T> {
    /// The name of the type, at most this many bytes of it.
    #[inline(never)]
    pub fn fedtrace_value(&self, limit: usize) -> Value<'static> {
        text::name_of_type::<T>(limit)
    }
}

impl<'a, T: ?Sized> Deref for Argument<'a, T> {
    type Target = AsDisplay<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for AsDisplay<'a, T> {
    type Target = AsDebug<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for AsDebug<'a, T> {
    type Target = AsTypeName<'a, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A type that Jaeger also has.
pub trait Native {
    /// The value in that type, or as text where it does not fit.
    fn native(&self) -> Value<'_>;
}

macro_rules! native_numbers {
    ($($type:ty),*) => {$(
        impl Native for $type {
            #[inline]
            fn native(&self) -> Value<'_> {
                TagValue::from(*self).into()
            }
        }
    )*};
}
each_number!(native_numbers);

macro_rules! native_text {
    ($($type:ty),*) => {$(
        impl Native for $type {
            #[inline]
            fn native(&self) -> Value<'_> {
                Value::Text(self)
            }
        }
    )*};
}
native_text!(str, String, Box<str>, Arc<str>, Rc<str>, Cow<'_, str>);

impl<T: Native + ?Sized> Native for &T {
    #[inline]
    fn native(&self) -> Value<'_> {
        (**self).native()
    }
}

impl<T: Native + ?Sized> Native for &mut T {
    #[inline]
    fn native(&self) -> Value<'_> {
        (**self).native()
    }
}

/// The replacement for a secret value.
pub fn redacted() -> Value<'static> {
    Value::Static(REDACTED)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fmt;
    use std::sync::Arc;

    use super::{Argument, TagValue, redacted};

    macro_rules! value {
        ($argument:expr) => {
            Argument::new(&$argument)
                .fedtrace_value(1024)
                .into_tag_value()
        };
    }

    fn text(text: &str) -> TagValue {
        TagValue::String(text.to_owned().into())
    }

    #[test]
    fn booleans_integers_and_floats_keep_their_type_behind_references_too() {
        assert_eq!(value!(true), TagValue::Bool(true));
        assert_eq!(value!(&&7_u8), TagValue::Long(7));
        assert_eq!(value!(&mut -7_i64), TagValue::Long(-7));
        assert_eq!(value!(0.5_f32), TagValue::Double(0.5));
        assert_eq!(value!(std::num::NonZeroU16::MIN), TagValue::Long(1));
    }

    #[test]
    fn integers_beyond_64_signed_bits_are_text() {
        assert_eq!(value!(u64::MAX), text("18446744073709551615"));
        assert_eq!(value!(i128::MIN), text(&i128::MIN.to_string()));
        assert_eq!(value!(i64::MAX as u128), TagValue::Long(i64::MAX));
    }

    #[test]
    fn display_is_preferred_to_debug_and_debug_to_the_name_of_the_type() {
        #[derive(Debug)]
        struct OnlyDebug;
        struct Neither;
        assert_eq!(value!("text"), text("text"));
        assert_eq!(value!(String::from("text")), text("text"));
        assert_eq!(value!(Arc::<str>::from("text")), text("text"));
        assert_eq!(value!('c'), text("c"));
        assert_eq!(value!(Some(1)), text("Some(1)"));
        assert_eq!(value!(OnlyDebug), text("OnlyDebug"));
        let name = value!(Neither);
        assert!(
            name.as_str().is_some_and(|name| name.ends_with("::Neither")),
            "{name}"
        );
    }

    #[test]
    fn a_generic_type_is_shown_by_what_its_bounds_promise() {
        fn unbounded<T>(argument: T) -> TagValue {
            value!(argument)
        }
        fn debug<T: fmt::Debug + ?Sized>(argument: &T) -> TagValue {
            value!(argument)
        }
        fn dynamic(argument: &dyn fmt::Display) -> TagValue {
            value!(argument)
        }
        assert_eq!(unbounded(7), text("i32"));
        assert_eq!(debug("a"), text("\"a\""));
        assert_eq!(dynamic(&7), text("7"));
    }

    #[test]
    fn types_with_few_abilities_are_accepted() {
        let closure = || 1;
        assert_eq!(closure(), 1);
        value!(closure);
        value!(std::ptr::null::<u8>());
        value!(Cell::new(1));
        value!((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
        value!([0_u8; 100]);
    }

    #[test]
    fn formatting_stops_at_the_limit_and_at_a_character_boundary() {
        struct Endless<'a>(&'a Cell<usize>);
        impl fmt::Display for Endless<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for _ in 0..1_000_000 {
                    self.0.set(self.0.get() + 1);
                    f.write_str("äöü")?;
                }
                Ok(())
            }
        }
        let writes = Cell::new(0);
        let value = Argument::new(&Endless(&writes))
            .fedtrace_value(11)
            .into_tag_value();
        assert_eq!(value, text("äöüäö"));
        assert_eq!(writes.get(), 2);
    }

    #[test]
    fn text_that_does_not_fit_ends_where_it_was_cut_even_if_the_value_ignores_errors() {
        struct Stubborn;
        impl fmt::Display for Stubborn {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let _ = f.write_str("ää");
                let _ = f.write_str("b");
                Ok(())
            }
        }
        assert_eq!(
            Argument::new(&Stubborn).fedtrace_value(3).into_tag_value(),
            text("ä")
        );
    }

    #[test]
    fn a_value_that_panics_or_fails_while_it_is_formatted_is_named_so() {
        struct Panics;
        impl fmt::Display for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("no text")
            }
        }
        struct Fails;
        impl fmt::Display for Fails {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        assert_eq!(value!(Panics), text("<panicked while formatting>"));
        assert_eq!(value!(Fails), text("<failed to format>"));
    }

    #[test]
    fn the_stand_in_for_a_secret_says_so() {
        assert_eq!(redacted().into_tag_value(), text("<redacted>"));
    }
}
