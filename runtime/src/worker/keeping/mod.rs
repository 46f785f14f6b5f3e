//! What becomes of traces that the sampler rejected.

mod held;
pub(super) mod keeper;
mod open;
mod recent;
