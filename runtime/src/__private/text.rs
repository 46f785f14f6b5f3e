//! Text of values that other people's code formats.

use std::any::type_name;

use crate::model::value::Value;
use crate::util::text::beginning;

pub(super) use crate::model::value::capped;

pub(super) fn name_of_type<T: ?Sized>(limit: usize) -> Value<'static> {
    Value::Static(beginning(type_name::<T>(), limit))
}
