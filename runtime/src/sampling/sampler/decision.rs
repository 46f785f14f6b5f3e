//! The trait of samplers, and their decisions.

use std::sync::Arc;

use super::stats::SamplerStats;
use crate::model::id::TraceId;
use crate::model::tag::{Tag, TagValue, tags};

/// The decision of a [`Sampler`].
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// Whether the trace is recorded.
    pub sampled: bool,
    /// Tags for the root span of a recorded trace: `sampler.type` and `sampler.param`. They are shared, since
    /// most samplers give the same ones each time.
    pub tags: Option<Arc<Vec<Tag>>>,
}

impl Decision {
    pub(super) fn sampled(tags: &Arc<Vec<Tag>>) -> Self {
        Self {
            sampled: true,
            tags: Some(Arc::clone(tags)),
        }
    }
}

pub(super) fn decision_tags(kind: &'static str, param: impl Into<TagValue>) -> Arc<Vec<Tag>> {
    Arc::new(vec![
        Tag::new(tags::SAMPLER_TYPE, kind),
        Tag::new(tags::SAMPLER_PARAM, param),
    ])
}

/// Decides at the root of a trace whether it is recorded.
///
/// The decision holds for the whole trace: children inherit it, also across processes. The sampler is called
/// on the thread that starts the trace, so it must be quick. If it panics, the trace is not recorded, and
/// neither are traces that it starts itself while it decides.
pub trait Sampler: Send + Sync {
    /// Decides about a trace with this id, whose root has the name `operation`.
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision;

    /// The statistics of its queries to a server, since its start. They are zero for a sampler without a
    /// server. A wrapping sampler returns the statistics of the sampler it wraps.
    fn stats(&self) -> SamplerStats {
        SamplerStats::default()
    }

    /// Called in a forked child process before its first decision there, on the thread that starts the first
    /// span. Other threads of the parent do not exist in the child, and locks that they held at the fork stay
    /// locked. A wrapping sampler must forward the call.
    fn after_fork_in_child(&self) {}
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<S: Sampler + ?Sized> Sampler for $pointer<S> {
            fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
                (**self).sample(trace_id, operation)
            }

            fn stats(&self) -> SamplerStats {
                (**self).stats()
            }

            fn after_fork_in_child(&self) {
                (**self).after_fork_in_child();
            }
        }
    )*};
}

forward!(Box, Arc);
