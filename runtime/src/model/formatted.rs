//! Text that other people's code formats, in a buffer that the thread uses again.

use std::cell::Cell;
use std::fmt::{self, Arguments, Write};
use std::mem;

use crate::util::panic::catch_panic;
use crate::util::text::floor_char_boundary;

thread_local! {
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
    static DEPTH: Cell<u8> = const { Cell::new(0) };
}

/// How many values may be formatted inside one another. The text of a value may come from a traced function that has the
/// value as an argument, and then this would never end.
const DEEPEST: u8 = 4;

/// A buffer for formatting that is larger than this is not kept, in bytes.
const LARGEST_BUFFER: usize = 64 * 1024;

/// Text in a buffer that the thread uses again, so that formatting a value allocates nothing.
#[derive(Debug)]
pub struct Formatted(String);

impl Formatted {
    /// Text without any characters yet. While it is in use, another one has a buffer of its own.
    pub(crate) fn new() -> Self {
        Self(BUFFER.try_with(Cell::take).unwrap_or_default())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn text(&mut self) -> &mut String {
        &mut self.0
    }
}

impl Drop for Formatted {
    fn drop(&mut self) {
        let mut buffer = mem::take(&mut self.0);
        if buffer.capacity() <= LARGEST_BUFFER {
            buffer.clear();
            let _ = BUFFER.try_with(|kept| kept.set(buffer));
        }
    }
}

const PANICKED: &str = "<panicked while formatting>";
const FAILED: &str = "<failed to format>";
const TOO_DEEP: &str = "<formatted by itself>";

/// Keeps the text that fits, and stops the formatting at the first piece that does not.
struct Capped<'a> {
    text: &'a mut String,
    space: usize,
    full: bool,
}

impl Write for Capped<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let end = floor_char_boundary(more, self.space);
        if !self.full {
            self.text.push_str(more.get(..end).unwrap_or_default());
            self.space -= end;
        }
        self.full |= end < more.len();
        if self.full { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Appends at most `limit` bytes of the text of a value. Its formatting may panic or fail; what is to be shown then is
/// returned, and nothing is appended.
pub(crate) fn append_capped(text: &mut String, value: Arguments<'_>, limit: usize) -> Option<&'static str> {
    let depth = DEPTH.get();
    if depth == DEEPEST {
        return Some(TOO_DEEP);
    }
    let before = text.len();
    let mut capped = Capped {
        text,
        space: limit,
        full: false,
    };
    DEPTH.set(depth + 1);
    let result = catch_panic(|| capped.write_fmt(value));
    DEPTH.set(depth);
    let is_full = capped.full;
    match result {
        Some(Err(fmt::Error)) if !is_full && text.len() == before => Some(FAILED),
        Some(_) => None,
        None => {
            text.truncate(before);
            Some(PANICKED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_formatted_while_other_text_is_has_a_buffer_of_its_own() {
        let mut outer = Formatted::new();
        outer.text().push_str("outer");
        let mut inner = Formatted::new();
        assert_eq!(inner.as_str(), "");
        inner.text().push_str("inner");
        drop(inner);
        assert_eq!(outer.as_str(), "outer");
        drop(outer);
        assert_eq!(Formatted::new().as_str(), "");
    }
}
