//! Text of values that other people's code formats.

use std::any::type_name;
use std::fmt::{self, Arguments, Write};

use crate::model::tag::TagValue;
use crate::util::panic::catch_panic;
use crate::util::text::floor_char_boundary;

const PANICKED: &str = "<panicked while formatting>";
const FAILED: &str = "<failed to format>";

/// Keeps the text that fits, and stops the formatting at the first piece that does not.
struct Capped {
    text: String,
    limit: usize,
    full: bool,
}

impl Write for Capped {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let space = self.limit.saturating_sub(self.text.len());
        let end = floor_char_boundary(more, space);
        if !self.full {
            self.text.push_str(more.get(..end).unwrap_or_default());
        }
        self.full |= end < more.len();
        if self.full { Err(fmt::Error) } else { Ok(()) }
    }
}

/// At most `limit` bytes of the text of a value. Its formatting may panic or fail.
pub(super) fn capped(value: Arguments<'_>, limit: usize) -> TagValue {
    let formatted = catch_panic(|| {
        let mut capped = Capped {
            text: String::new(),
            limit,
            full: false,
        };
        let result = capped.write_fmt(value);
        (result, capped)
    });
    match formatted {
        Some((Err(fmt::Error), capped)) if !capped.full && capped.text.is_empty() => FAILED.to_owned().into(),
        Some((_, capped)) => capped.text.into(),
        None => PANICKED.to_owned().into(),
    }
}

pub(super) fn name_of_type<T: ?Sized>(limit: usize) -> TagValue {
    let name = type_name::<T>();
    let end = floor_char_boundary(name, limit);
    TagValue::String(name.get(..end).unwrap_or_default().into())
}
