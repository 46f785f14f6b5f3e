//! The thread that hands finished spans to the reporter, the guard that owns it, and what a fork does to both.

pub(crate) mod fork;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod process_tags;
pub(crate) mod thread;
pub(crate) mod wait;
