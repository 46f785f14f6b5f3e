//! The stack of open spans of each thread.

pub(crate) mod active;
mod adoption;
pub(crate) mod aftermath;
pub(crate) mod ambient;
mod closing;
pub(crate) mod detached;
mod details;
pub(crate) mod ending;
pub(crate) mod entering;
pub(crate) mod frame;
pub(crate) mod home;
#[cfg(feature = "tracing")]
pub(crate) mod last_exit;
pub(crate) mod local_trace;
mod long_open;
mod opening;
pub(crate) mod outbox;
mod parents;
pub(crate) mod parking;
#[cfg(feature = "tower")]
mod saying;
pub(crate) mod shared_span;
mod shortcut;
pub(crate) mod slot;
mod slots;
mod so_far;
pub(crate) mod span_stack;

pub(crate) use crate::span::stack::ending::end_detached;
pub(crate) use details::{Said, new_details};
pub(crate) use span_stack::{forget, with};
