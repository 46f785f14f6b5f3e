//! The sampler of a tracer, which can be replaced at runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwap;

use super::constant::ConstSampler;
use super::decision::{Decision, Sampler};
use super::stats::SamplerStats;
use crate::model::id::TraceId;
use crate::util::fork_safe::ForkMutex;
use crate::util::panic::catch_panic;

/// The sampler of a tracer. It can be replaced while it is in use.
pub(crate) struct CurrentSampler {
    /// Read for each new trace, and rarely replaced.
    sampler: ArcSwap<Box<dyn Sampler>>,
    /// Whether the sampler always decides the same, and what.
    ///
    /// It is written after the sampler, and `Relaxed` is enough: a thread that sees an old value decides as if it had come
    /// a moment earlier.
    constant: AtomicU8,
    counted: ForkMutex<TracerCounts>,
}

/// The decisions of samplers that need not be asked.
const VARIES: u8 = 0;
const NEVER: u8 = 1;
const ALWAYS: u8 = 2;

fn constant_of(sampler: &dyn Sampler) -> u8 {
    match catch_panic(|| sampler.constant()).flatten() {
        Some(decision) if decision.is_sampled() => ALWAYS,
        Some(_) => NEVER,
        None => VARIES,
    }
}

#[derive(Debug, Default)]
struct TracerCounts {
    /// The statistics of the samplers before this one.
    before: SamplerStats,
    /// The statistics that were returned last, so that the sum never decreases: counts that a sampler makes
    /// while it is being replaced are not included.
    told: SamplerStats,
}

impl CurrentSampler {
    pub(crate) fn new(sampler: Box<dyn Sampler>) -> Self {
        Self {
            constant: AtomicU8::new(constant_of(&sampler)),
            sampler: ArcSwap::from_pointee(sampler),
            counted: ForkMutex::new(TracerCounts::default()),
        }
    }

    /// The decision of a sampler that always decides the same.
    #[inline]
    pub(crate) fn constant(&self) -> Option<Decision> {
        match self.constant.load(Ordering::Relaxed) {
            ALWAYS => Some(ConstSampler::RECORD),
            NEVER => Some(Decision::drop()),
            _ => None,
        }
    }

    /// May run user code, also by dropping a sampler that was replaced meanwhile.
    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        self.sampler.load().sample(trace_id, operation)
    }

    /// Returns the old sampler, which other threads may still use.
    pub(crate) fn replace(&self, sampler: Box<dyn Sampler>) -> Arc<Box<dyn Sampler>> {
        // A sampler that panics can be replaced too.
        let counted = catch_panic(|| self.sampler.load().stats()).unwrap_or_default();
        self.counted.with(|TracerCounts { before, .. }| {
            let constant = constant_of(&sampler);
            self.constant.store(VARIES, Ordering::Relaxed);
            let old = self.sampler.swap(Arc::new(sampler));
            self.constant.store(constant, Ordering::Relaxed);
            *before = before.plus(counted);
            old
        })
    }

    /// Drops the sampler, for a tracer that starts no more spans.
    pub(crate) fn retire(&self) {
        drop(self.replace(Box::new(ConstSampler::new(false))));
    }

    /// Resets the statistics in the child process of a fork.
    pub(crate) fn after_fork_in_child(&self) {
        self.counted.replace_in_child(TracerCounts::default());
        self.sampler.load().after_fork_in_child();
    }

    /// No lock is held while the sampler returns its statistics, because that is user code.
    pub(crate) fn stats(&self) -> SamplerStats {
        let (before, sampler) = self
            .counted
            .with(|counted| (counted.before, self.sampler.load_full()));
        let counted = before.plus(sampler.stats());
        self.counted.with(|TracerCounts { told, .. }| {
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

    /// Counts, and has its statistics read, while it returns its statistics.
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
