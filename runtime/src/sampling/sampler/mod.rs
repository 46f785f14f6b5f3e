//! Samplers decide whether a trace is recorded, once, at its root.
//!
//! | sampler | Jaeger's name | records |
//! |---|---|---|
//! | [`ConstSampler`] | `const` | every trace, or none |
//! | [`ProbabilisticSampler`] | `probabilistic` | a share of all traces |
//! | [`RateLimitingSampler`] | `ratelimiting` | at most a number of traces per second |
//! | [`PerOperationSampler`] | – | each operation by its own strategy, and at least a few traces of each |
//! | `RemoteSampler` (feature `http-client`) | `remote` | as a server decides, by one of these strategies |
//!
//! The decision travels with the trace to children and other processes. The root of a recorded trace has it
//! as the tags `sampler.type` and `sampler.param`. [`force_tracing`](crate::force_tracing) and the tag
//! [`sampling.priority`](crate::tags::SAMPLING_PRIORITY) override it.
//! [`Tracer::set_sampler`](crate::Tracer::set_sampler) changes the sampler at runtime.

pub(crate) mod constant;
pub(crate) mod current;
pub(crate) mod decision;
pub(crate) mod lower_bound;
pub(crate) mod per_operation;
pub(crate) mod probabilistic;
pub(crate) mod rate_limiting;
#[cfg(feature = "http-client")]
pub(crate) mod remote;
pub(crate) mod stats;

pub use constant::ConstSampler;
pub use decision::{Decision, Sampler};
pub use per_operation::{OperationStrategy, PerOperationSampler};
pub use probabilistic::ProbabilisticSampler;
pub use rate_limiting::RateLimitingSampler;
#[cfg(feature = "http-client")]
pub use remote::sampler::{RemoteSampler, RemoteSamplerBuilder};
pub use stats::SamplerStats;
