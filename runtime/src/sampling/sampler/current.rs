use std::sync::Arc;

use arc_swap::ArcSwap;

use super::constant::ConstSampler;
use super::decision::{Decision, Sampler};
use super::stats::SamplerStats;
use crate::model::id::TraceId;
use crate::util::fork_safe::ForkMutex;
use crate::util::panic::catch_panic;

/// The sampler of a tracer, which can be replaced while it is asked.
pub(crate) struct CurrentSampler {
    /// Read for each new trace, and hardly ever replaced.
    sampler: ArcSwap<Box<dyn Sampler>>,
    counted: ForkMutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    /// By the samplers before this one.
    before: SamplerStats,
    /// What somebody was told last: what a sampler counts while it is replaced is not in the sum.
    told: SamplerStats,
}

impl CurrentSampler {
    pub(crate) fn new(sampler: Box<dyn Sampler>) -> Self {
        Self {
            sampler: ArcSwap::from_pointee(sampler),
            counted: ForkMutex::new(Counted::default()),
        }
    }

    /// May run the code of users, also by dropping a sampler that was replaced meanwhile.
    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        self.sampler.load().sample(trace_id, operation)
    }

    /// Gives back the old one, which others may still be asking.
    pub(crate) fn replace(&self, sampler: Box<dyn Sampler>) -> Arc<Box<dyn Sampler>> {
        // One that panics can be replaced, too.
        let counted = catch_panic(|| self.sampler.load().stats()).unwrap_or_default();
        self.counted.with(|Counted { before, .. }| {
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
    pub(crate) fn after_fork_in_child(&self) {
        self.counted.replace_in_child(Counted::default());
        self.sampler.load().after_fork_in_child();
    }

    /// No lock is held while the sampler counts: that is the code of users.
    pub(crate) fn stats(&self) -> SamplerStats {
        let (before, sampler) = self
            .counted
            .with(|counted| (counted.before, self.sampler.load_full()));
        let counted = before.plus(sampler.stats());
        self.counted.with(|Counted { told, .. }| {
            *told = told.max(counted);
            *told
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::sync::{Arc, OnceLock, Weak};

    use super::*;

    /// Counts something, and somebody looks, while it says how much it has counted.
    #[derive(Default)]
    struct Counting {
        counted: AtomicU64,
        was_asked: AtomicBool,
        current: OnceLock<Weak<CurrentSampler>>,
    }

    impl Sampler for Counting {
        fn sample(&self, _: TraceId, _: &str) -> Decision {
            Decision::drop()
        }

        fn stats(&self) -> SamplerStats {
            let sampler_queries = self.counted.load(Ordering::Relaxed);
            if !self.was_asked.swap(true, Ordering::Relaxed) {
                self.counted.fetch_add(1, Ordering::Relaxed);
                let current = self.current.get().unwrap().upgrade().unwrap();
                assert_eq!(current.stats().sampler_queries, sampler_queries + 1);
            }
            SamplerStats {
                sampler_queries,
                ..SamplerStats::default()
            }
        }
    }

    #[test]
    fn what_a_sampler_counts_while_it_is_replaced_does_not_make_the_sum_go_back() {
        let counting = Arc::new(Counting::default());
        counting.counted.store(5, Ordering::Relaxed);
        let current = Arc::new(CurrentSampler::new(Box::new(Arc::clone(&counting))));
        counting.current.set(Arc::downgrade(&current)).unwrap();
        current.retire();
        assert_eq!(current.stats().sampler_queries, 6);
    }
}
