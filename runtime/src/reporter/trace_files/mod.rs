//! Reporters that keep spans by trace and write them to files.

pub(crate) mod files;
pub(crate) mod kept;
pub(crate) mod place;
pub(crate) mod size;
