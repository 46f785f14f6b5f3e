//! The rooms of `runtime/src`, held against the table in `docs/architecture.md`.

mod imports;
mod rooms;
mod source;
