//! The data types that all modules share.

pub(crate) mod baggage;
pub(crate) mod decision_tags;
pub(crate) mod error;
pub(crate) mod failure;
pub(crate) mod finished_span;
pub(crate) mod flags;
pub(crate) mod formatted;
pub(crate) mod id;
pub(crate) mod id_generator;
#[cfg(feature = "serde")]
mod id_serde;
pub(crate) mod into_tag;
pub(crate) mod level;
pub(crate) mod log_fields;
pub(crate) mod process;
pub(crate) mod seeded_ids;
pub(crate) mod site;
pub(crate) mod span_tree;
pub(crate) mod tag;
pub(crate) mod trace_context;
pub(crate) mod value;
