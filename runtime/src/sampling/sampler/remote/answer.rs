//! The strategy that a sampling server last sent.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::strategy::{Strategy, StrategySampler};
use crate::model::id::TraceId;
use crate::sampling::sampler::decision::Decision;
use crate::sampling::sampler::probabilistic::ProbabilisticSampler;
use crate::sampling::sampler::stats::SamplerStats;
use crate::util::lock::lock;

/// The current strategy and the counts of the polling thread.
pub(crate) struct RemoteStrategy {
    /// Read for each new trace.
    strategist: ArcSwap<StrategySampler>,
    last: Mutex<Option<Strategy>>,
    max_operations: usize,
    pub(crate) queries: AtomicU64,
    pub(crate) failed_queries: AtomicU64,
    pub(crate) updates: AtomicU64,
    pub(crate) failed_updates: AtomicU64,
}

impl RemoteStrategy {
    pub(crate) fn new(initial: ProbabilisticSampler, max_operations: usize) -> Self {
        Self {
            strategist: ArcSwap::from_pointee(StrategySampler::Probabilistic(initial)),
            last: Mutex::new(None),
            max_operations,
            queries: AtomicU64::new(0),
            failed_queries: AtomicU64::new(0),
            updates: AtomicU64::new(0),
            failed_updates: AtomicU64::new(0),
        }
    }

    /// For the child process of a fork: the same strategy in its initial state, without counts.
    pub(crate) fn fresh(&self, initial: ProbabilisticSampler) -> Self {
        let fresh = Self::new(initial, self.max_operations);
        // A thread that held the lock at the fork does not exist here, so this must not wait.
        let last = self.last.try_lock().ok().and_then(|last| last.clone());
        if let Some(strategy) = last {
            fresh.adopt(strategy);
        }
        fresh
    }

    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        self.strategist.load().sample(trace_id, operation)
    }

    pub(crate) fn strategist(&self) -> impl Deref<Target = Arc<StrategySampler>> {
        self.strategist.load()
    }

    pub(crate) fn stats(&self) -> SamplerStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SamplerStats {
            sampler_queries: read(&self.queries),
            failed_sampler_queries: read(&self.failed_queries),
            sampler_updates: read(&self.updates),
            failed_sampler_updates: read(&self.failed_updates),
        }
    }

    /// Puts a strategy into use. If it is the same as before, its fill levels and known operations are kept.
    pub(crate) fn adopt(&self, strategy: Strategy) {
        let mut last = lock(&self.last);
        if last.as_ref() != Some(&strategy) {
            let before = self.strategist.load();
            let strategist = StrategySampler::new(&strategy, &before, self.max_operations);
            self.strategist.store(Arc::new(strategist));
            *last = Some(strategy);
        }
    }
}
