//! What becomes of traces that the sampler rejected.

pub(super) mod keeper;
mod recent;
