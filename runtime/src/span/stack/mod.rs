//! The open spans of a thread.

pub(crate) mod active;
pub(crate) mod aftermath;
pub(crate) mod ending;
pub(crate) mod lane;
pub(crate) mod local;
pub(crate) mod parking;
pub(crate) mod segment;
pub(crate) mod shared;
pub(crate) mod slot;

pub(crate) use crate::span::stack::ending::end_stay;
pub(crate) use crate::span::stack::local::{forget, with};
