//! Values in files and variables.

pub(crate) mod duration;
#[cfg(any(feature = "serde", feature = "http-client"))]
pub(crate) mod header_list;
#[cfg(feature = "serde")]
pub(crate) mod header_name;
#[cfg_attr(
    not(feature = "serde"),
    allow(dead_code, reason = "variables have no sections")
)]
mod nearest;
#[cfg_attr(not(feature = "serde"), allow(dead_code, reason = "variables are text only"))]
pub(crate) mod node;
#[cfg_attr(
    not(feature = "serde"),
    allow(dead_code, reason = "variables have no sections")
)]
pub(crate) mod section;
pub(crate) mod tag_list;
