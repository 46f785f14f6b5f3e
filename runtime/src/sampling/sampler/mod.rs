//! Whether a trace is recorded: decided once, at its root.
//!
//! | sampler | Jaeger's name | records |
//! |---|---|---|
//! | [`ConstSampler`] | `const` | every trace, or none |
//! | [`ProbabilisticSampler`] | `probabilistic` | a share of all traces |
//! | [`RateLimitingSampler`] | `ratelimiting` | at most so many in a second |
//! | [`PerOperationSampler`] | – | each operation in its own way, and something of each |
//! | `RemoteSampler` (feature `http-client`) | `remote` | what a server says, which may be each of these |
//!
//! The decision goes with the trace, to children and to other processes, and is tagged on the root of a recorded
//! one as `sampler.type` and `sampler.param`. [`force_tracing`](crate::force_tracing) and the tag
//! [`sampling.priority`](crate::tags::SAMPLING_PRIORITY) decide anew.
//! [`Tracer::set_sampler`](crate::Tracer::set_sampler) changes the sampler while the program runs.

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
