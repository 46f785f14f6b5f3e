//! Whether a trace is recorded: decided once, at its root.

mod constant;
mod current;
#[cfg(feature = "http")]
pub(crate) mod endpoint;
mod lower_bound;
mod per_operation;
#[cfg(feature = "http")]
mod poll;
mod probabilistic;
mod rate_limiting;
#[cfg(feature = "http")]
mod remote;
#[cfg(feature = "http")]
mod strategy;

use std::sync::Arc;

pub use constant::ConstSampler;
pub(crate) use current::CurrentSampler;
pub use per_operation::{OperationStrategy, PerOperationSampler};
pub use probabilistic::ProbabilisticSampler;
pub use rate_limiting::RateLimitingSampler;
#[cfg(feature = "http")]
pub use remote::{RemoteSampler, RemoteSamplerBuilder};

use crate::id::TraceId;
use crate::tag::{Tag, TagValue, tags};

/// What a [`Sampler`] decided.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// Whether the trace is recorded.
    pub sampled: bool,
    /// Tags for the root span of a recorded trace: `sampler.type` and `sampler.param`. They are shared, since
    /// most samplers give the same ones each time.
    pub tags: Option<Arc<Vec<Tag>>>,
}

impl Decision {
    fn sampled(tags: &Arc<Vec<Tag>>) -> Self {
        Self {
            sampled: true,
            tags: Some(Arc::clone(tags)),
        }
    }
}

fn decision_tags(kind: &'static str, param: impl Into<TagValue>) -> Arc<Vec<Tag>> {
    Arc::new(vec![
        Tag::new(tags::SAMPLER_TYPE, kind),
        Tag::new(tags::SAMPLER_PARAM, param),
    ])
}

/// How often a [`Sampler`] asked a server for its strategy, and what came of it; see
/// [`Stats`](crate::Stats) for the meaning of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct SamplerStats {
    pub sampler_queries: u64,
    pub failed_sampler_queries: u64,
    pub sampler_updates: u64,
    pub failed_sampler_updates: u64,
}

impl SamplerStats {
    fn plus(self, other: Self) -> Self {
        Self {
            sampler_queries: self.sampler_queries.saturating_add(other.sampler_queries),
            failed_sampler_queries: self
                .failed_sampler_queries
                .saturating_add(other.failed_sampler_queries),
            sampler_updates: self.sampler_updates.saturating_add(other.sampler_updates),
            failed_sampler_updates: self
                .failed_sampler_updates
                .saturating_add(other.failed_sampler_updates),
        }
    }
}

/// Decides at the root of a trace whether it is recorded.
///
/// The decision holds for the whole trace: children inherit it, also across processes. It is asked on the
/// thread that starts the trace, so it must be quick. If it panics, the trace is not recorded.
/// Traces that it starts itself while it decides are not recorded.
pub trait Sampler: Send + Sync {
    /// Decides for a trace with this id, whose root is called `operation`.
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision;

    /// How often it asked a server for its strategy, since its start. All zero for a sampler that decides alone.
    /// A sampler around another one gives the numbers of that one.
    fn stats(&self) -> SamplerStats {
        SamplerStats::default()
    }
}

impl<S: Sampler + ?Sized> Sampler for Box<S> {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        (**self).sample(trace_id, operation)
    }

    fn stats(&self) -> SamplerStats {
        (**self).stats()
    }
}

impl<S: Sampler + ?Sized> Sampler for Arc<S> {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        (**self).sample(trace_id, operation)
    }

    fn stats(&self) -> SamplerStats {
        (**self).stats()
    }
}
