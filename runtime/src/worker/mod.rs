//! The worker thread, which passes finished spans to the reporter, the guard that owns it, and the handling
//! of forks.

pub(crate) mod fork;
pub(crate) mod guard;
pub(crate) mod handle;
mod keeping;
pub(crate) mod open_spans;
pub(crate) mod process_tags;
pub(crate) mod thread;
pub(crate) mod timeout_error;
pub(crate) mod wait;
