//! Whether a trace is recorded: decided once, at its root.

mod constant;

use std::sync::Arc;

pub use constant::ConstSampler;

use crate::id::TraceId;
use crate::tag::Tag;

/// What a [`Sampler`] decided.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// Whether the trace is recorded.
    pub sampled: bool,
    /// Tags for the root span of a recorded trace: `sampler.type` and `sampler.param`. They are shared, since
    /// most samplers give the same ones each time.
    pub tags: Option<Arc<Vec<Tag>>>,
}

/// Decides at the root of a trace whether it is recorded.
///
/// The decision holds for the whole trace: children inherit it, also across processes. It is asked on the
/// thread that starts the trace, so it must be quick. If it panics, the trace is not recorded.
/// Traces that it starts itself while it decides are not recorded.
pub trait Sampler: Send + Sync {
    /// Decides for a trace with this id, whose root is called `operation`.
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision;
}

impl<S: Sampler + ?Sized> Sampler for Box<S> {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        (**self).sample(trace_id, operation)
    }
}

impl<S: Sampler + ?Sized> Sampler for Arc<S> {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        (**self).sample(trace_id, operation)
    }
}
