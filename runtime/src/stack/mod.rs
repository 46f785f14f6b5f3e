//! The open spans of a thread.

pub(crate) mod active;
pub(crate) mod aftermath;
pub(crate) mod ending;
pub(crate) mod local;
pub(crate) mod parking;
pub(crate) mod shared;
pub(crate) mod slot;

pub(crate) use ending::end_stay;
pub(crate) use local::{forget, with};
