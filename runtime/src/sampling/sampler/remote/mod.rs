//! The sampler that asks a server for its strategy.

pub(crate) mod answer;
pub(crate) mod poll;
pub(crate) mod sampler;
pub(crate) mod strategy;
