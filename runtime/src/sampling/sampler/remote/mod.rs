//! The sampler that gets its strategy from a server.

pub(crate) mod answer;
pub(crate) mod poll;
pub(crate) mod sampler;
pub(crate) mod strategy;
