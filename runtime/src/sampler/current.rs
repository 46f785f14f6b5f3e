use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{ConstSampler, Decision, Sampler, SamplerStats};
use crate::contain::contain;
use crate::id::TraceId;
use crate::renewable::Renewable;

/// The sampler of a tracer, which can be replaced while it is asked.
pub(crate) struct CurrentSampler {
    /// Read for each new trace, and hardly ever replaced.
    sampler: ArcSwap<Box<dyn Sampler>>,
    /// What the samplers before it counted.
    before: Renewable<SamplerStats>,
}

impl CurrentSampler {
    pub(crate) fn new(sampler: Box<dyn Sampler>) -> Self {
        Self {
            sampler: ArcSwap::from_pointee(sampler),
            before: Renewable::new(SamplerStats::default()),
        }
    }

    /// May run the code of users, also by dropping a sampler that was replaced meanwhile.
    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        self.sampler.load().sample(trace_id, operation)
    }

    /// Gives back the old one, which others may still be asking.
    pub(crate) fn replace(&self, sampler: Box<dyn Sampler>) -> Arc<Box<dyn Sampler>> {
        // One that panics can be replaced, too.
        let counted = contain(|| self.sampler.load().stats()).unwrap_or_default();
        self.before.with(|before| {
            let old = self.sampler.swap(Arc::new(sampler));
            *before = before.plus(counted);
            old
        })
    }

    /// Lets go of the sampler, for a tracer that starts no more spans.
    pub(crate) fn retire(&self) {
        drop(self.replace(Box::new(ConstSampler::new(false))));
    }

    /// In the child process of a fork nothing was counted so far.
    pub(crate) fn forked(&self) {
        self.before.renew(SamplerStats::default());
        self.sampler.load().forked();
    }

    /// No lock is held while the sampler counts: that is the code of users.
    pub(crate) fn stats(&self) -> SamplerStats {
        let (before, sampler) = self.before.with(|before| (*before, self.sampler.load_full()));
        before.plus(sampler.stats())
    }
}
