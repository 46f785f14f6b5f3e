//! Tracing in the child process of a fork. Only the forking thread exists there: no worker sends spans, and
//! ids would repeat those of the parent.
//!
//! So the first span in the child resets tracing: it gets new ids, an empty stack, empty queues and new
//! workers. Spans that were open or waiting at the fork belong to the parent.
//!
//! A copy that no fork made is reset by a call of the program.

pub(crate) mod child;
#[cfg(unix)]
pub(crate) mod handler;
