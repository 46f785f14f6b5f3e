//! The rooms of `runtime/src`, held against the table in `docs/architecture.md`, and what two crates share.

mod imports;
mod rooms;
mod secret_names;
mod source;
