//! The trait of samplers, and their decisions.

use std::sync::Arc;

use super::stats::SamplerStats;
use crate::model::decision_tags::DecisionTags;
use crate::model::id::TraceId;
use crate::model::tag::{Tag, TagValue, tags};

/// The decision of a [`Sampler`].
///
/// ```
/// use std::sync::Arc;
///
/// use fedtrace::sampler::{Decision, Sampler};
/// use fedtrace::{Tag, TraceId, tags};
///
/// struct OnlySync {
///     tags: Arc<Vec<Tag>>,
/// }
///
/// impl Sampler for OnlySync {
///     fn sample(&self, _: TraceId, operation: &str) -> Decision {
///         match operation {
///             "sync" => Decision::record().with_tags(Arc::clone(&self.tags)),
///             _ => Decision::drop(),
///         }
///     }
/// }
///
/// let sampler = OnlySync { tags: Arc::new(vec![Tag::new(tags::SAMPLER_TYPE, "only-sync")]) };
/// let decision = sampler.sample(TraceId::new(1).unwrap(), "sync");
/// assert!(decision.is_sampled());
/// assert_eq!(decision.tags(), [Tag::new("sampler.type", "only-sync")]);
/// ```
#[derive(Debug, Clone)]
pub struct Decision {
    /// The tags of a trace that is recorded.
    recorded: Option<DecisionTags>,
}

impl Decision {
    /// The trace is recorded.
    pub const fn record() -> Self {
        Self {
            recorded: Some(DecisionTags::None),
        }
    }

    /// The trace is not recorded.
    pub const fn drop() -> Self {
        Self { recorded: None }
    }

    /// Adds tags for the root span of the trace, such as `sampler.type` and `sampler.param`, and replaces those that were
    /// there. The spans share them: a sampler that always gives the same ones keeps an `Arc` and clones it. A trace that
    /// is not recorded has no tags.
    #[must_use]
    pub fn with_tags(mut self, tags: impl Into<Arc<Vec<Tag>>>) -> Self {
        if let Some(recorded) = &mut self.recorded {
            *recorded = DecisionTags::Shared(tags.into());
        }
        self
    }

    /// Whether the trace is recorded.
    pub const fn is_sampled(&self) -> bool {
        self.recorded.is_some()
    }

    /// The tags for the root span of the trace.
    pub fn tags(&self) -> &[Tag] {
        self.recorded.as_ref().map_or(&[], DecisionTags::as_slice)
    }

    #[inline]
    pub(crate) fn into_tags(self) -> DecisionTags {
        self.recorded.unwrap_or_default()
    }

    /// The trace is recorded, with these tags.
    pub(super) const fn record_with(tags: &'static [Tag; 2]) -> Self {
        Self {
            recorded: Some(DecisionTags::Static(tags)),
        }
    }

    pub(super) fn sampled(tags: &Arc<Vec<Tag>>) -> Self {
        Self::record().with_tags(Arc::clone(tags))
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
/// on the thread that starts the trace, so it must be quick. If it panics, the trace is not recorded. What it does
/// is not traced by the tracer that asks it.
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
    /// locked. A wrapping sampler must forward the call. [`after_restore`](crate::after_restore) calls it too; other threads
    /// may exist then.
    fn after_fork_in_child(&self) {}

    /// Its decision, if it is always the same. Then the sampler is not asked.
    #[doc(hidden)]
    fn constant(&self) -> Option<Decision> {
        None
    }
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

            fn constant(&self) -> Option<Decision> {
                (**self).constant()
            }
        }
    )*};
}

forward!(Box, Arc);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_shares_the_tags_of_its_sampler() {
        let tags = decision_tags("const", true);
        let decision = Decision::record().with_tags(Arc::clone(&tags));
        assert_eq!(decision.tags(), tags.as_slice());
        assert!(decision.into_tags().is_same(&DecisionTags::Shared(tags)));
    }

    #[test]
    fn a_trace_that_is_not_recorded_has_no_tags() {
        let decision = Decision::drop().with_tags(vec![Tag::new("sampler.type", "const")]);
        assert!(!decision.is_sampled());
        assert_eq!(decision.tags(), []);
        assert_eq!(Decision::record().tags(), []);
    }
}
