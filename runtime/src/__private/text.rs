//! Text of values that other people's code formats.

use std::any::type_name;
use std::fmt::{self, Arguments, Debug, Display, Write};

use crate::model::value::{Formatted, Value};
use crate::util::panic::catch_panic;
use crate::util::text::{beginning, floor_char_boundary};

const PANICKED: &str = "<panicked while formatting>";
const FAILED: &str = "<failed to format>";

/// Keeps the text that fits, and stops the formatting at the first piece that does not.
struct Capped {
    text: Formatted,
    limit: usize,
    full: bool,
}

impl Write for Capped {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let space = self.limit.saturating_sub(self.text.as_str().len());
        let end = floor_char_boundary(more, space);
        if !self.full {
            self.text.text().push_str(more.get(..end).unwrap_or_default());
        }
        self.full |= end < more.len();
        if self.full { Err(fmt::Error) } else { Ok(()) }
    }
}

/// At most `limit` bytes of the text of a value. Its formatting may panic or fail.
pub(super) fn capped(value: Arguments<'_>, limit: usize) -> Value<'static> {
    let formatted = catch_panic(|| {
        let mut capped = Capped {
            text: Formatted::new(),
            limit,
            full: false,
        };
        let result = capped.write_fmt(value);
        (result, capped)
    });
    match formatted {
        Some((Err(fmt::Error), capped)) if !capped.full && capped.text.as_str().is_empty() => {
            Value::Static(FAILED)
        }
        Some((_, capped)) => Value::Formatted(capped.text),
        None => Value::Static(PANICKED),
    }
}

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
