//! Futures that have a span or run in one.

pub(crate) mod background;
#[cfg(feature = "tower")]
pub(crate) mod borrowed;
pub(crate) mod frame;
pub(crate) mod in_span;
pub(crate) mod poll;
#[cfg(feature = "stream")]
pub(crate) mod stream;
pub(crate) mod traced;
