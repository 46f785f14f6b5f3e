//! The attribute macros of `fedtrace`. Use them through that crate.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
