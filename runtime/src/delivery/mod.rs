//! TODO-DOC delivery

pub(crate) mod backlog;
pub(crate) mod batch;
pub(crate) mod details;
pub(crate) mod inbox;
pub(crate) mod inboxes;
pub(crate) mod logs;
