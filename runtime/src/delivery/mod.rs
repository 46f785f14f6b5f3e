//! The path of finished spans from threads to the worker.

pub(crate) mod backlog;
pub(crate) mod batch;
pub(crate) mod bounds;
pub(crate) mod chain;
pub(crate) mod collection;
pub(crate) mod details;
pub(crate) mod entries;
pub(crate) mod entry;
mod found_span;
pub(crate) mod identity;
pub(crate) mod inbox;
pub(crate) mod inboxes;
pub(crate) mod log_view;
pub(crate) mod memory;
mod period;
pub(crate) mod provisional;
pub(crate) mod record;
mod record_ring;
mod records;
pub(crate) mod span_view;
mod spares;
mod tag_index;
pub(crate) mod tag_view;
pub(crate) mod thread_counts;
