//! The rooms of `runtime/src`, held against the table in `docs/architecture.md`, the answers in `docs/faq.md`, and what two
//! crates share.

mod imports;
mod questions;
mod rooms;
mod secret_names;
mod source;
