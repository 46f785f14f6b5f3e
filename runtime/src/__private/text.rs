//! Text of values that other people's code formats.

use std::any::type_name;
use std::fmt::{Debug, Display};

use crate::model::value::Value;
use crate::util::text::beginning;

pub(super) use crate::model::value::capped;

/// A value as text, because its field has a `%`.
#[inline(never)]
pub fn displayed<T: Display + ?Sized>(value: &T, limit: usize) -> Value<'static> {
    capped(format_args!("{value}"), limit)
}

/// A value as text, because its field has a `?`.
#[inline(never)]
pub fn debugged<T: Debug + ?Sized>(value: &T, limit: usize) -> Value<'static> {
    capped(format_args!("{value:?}"), limit)
}

pub(super) fn name_of_type<T: ?Sized>(limit: usize) -> Value<'static> {
    Value::Static(beginning(type_name::<T>(), limit))
}
