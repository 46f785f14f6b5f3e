//! The child process of a fork. Of the threads there is only the one that forked: no worker sends spans, and ids would
//! be those of the parent over again.
//!
//! So tracing begins anew there, with the first span: with other ids, an empty stack, empty queues and workers of its
//! own. What was open or waiting at the fork is the parent's.

pub(crate) mod child;
#[cfg(unix)]
pub(crate) mod handler;
