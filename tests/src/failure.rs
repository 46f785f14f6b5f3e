//! What a failed assertion says.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of the panic of `work`, without the colours that it has on a terminal. Panics if `work` does not.
#[track_caller]
pub fn failure(work: impl FnOnce()) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(work)) else {
        panic!("nothing panicked");
    };
    let text = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().expect("a panic with a text").to_string(),
    };
    ["\x1b[31m", "\x1b[32m", "\x1b[0m"]
        .iter()
        .fold(text, |text, colour| text.replace(colour, ""))
}
