//! The path of finished spans from threads to the worker.

pub(crate) mod backlog;
pub(crate) mod batch;
pub(crate) mod bounds;
pub(crate) mod details;
pub(crate) mod inbox;
pub(crate) mod inboxes;
pub(crate) mod logs;
pub(crate) mod memory;
pub(crate) mod span_view;
pub(crate) mod tag_set;
pub(crate) mod tag_view;
