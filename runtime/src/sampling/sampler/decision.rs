//! What a sampler decides.

use std::sync::Arc;

use super::stats::SamplerStats;
use crate::model::id::TraceId;
use crate::model::tag::{Tag, TagValue, tags};

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

    /// Is told that this process is the child of a fork, before it is asked there for the first time, on the thread that
    /// starts the first span. Other threads of the parent are not in the child, and what they had locked at the fork
    /// stays locked. A sampler around another one tells that one.
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
