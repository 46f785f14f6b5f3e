//! The data types that all modules share.

pub(crate) mod baggage;
pub(crate) mod error;
pub(crate) mod finished_span;
pub(crate) mod flags;
pub(crate) mod id;
pub(crate) mod id_generator;
pub(crate) mod process;
pub(crate) mod site;
pub(crate) mod span_tree;
pub(crate) mod tag;
pub(crate) mod trace_context;
