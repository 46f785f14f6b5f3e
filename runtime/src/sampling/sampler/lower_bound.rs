//! The minimum rate at which an operation is recorded.

use std::sync::Arc;
use std::time::Instant;

use super::decision::{Decision, decision_tags};
use crate::model::tag::{Tag, tags};
use crate::util::fork_safe::ForkMutex;
use crate::util::leaky_bucket::LeakyBucket;

/// Guarantees a number of recorded traces per second for an operation.
#[derive(Debug)]
pub(super) struct LowerBound {
    traces_per_second: f64,
    bucket: ForkMutex<LeakyBucket>,
    tags: Arc<Vec<Tag>>,
}

impl LowerBound {
    /// `None` for the rate 0, because a full bucket of that rate would still let one through. The root is
    /// tagged with the probability that the trace had without the bound, if any.
    pub(super) fn new(traces_per_second: f64, probability: Option<f64>) -> Option<Self> {
        if Self::is_none(traces_per_second) {
            return None;
        }
        Some(Self {
            traces_per_second,
            bucket: ForkMutex::new(LeakyBucket::new(traces_per_second, Instant::now())),
            tags: match probability {
                Some(probability) => decision_tags("lowerbound", probability),
                None => Arc::new(vec![Tag::new(tags::SAMPLER_TYPE, "lowerbound")]),
            },
        })
    }

    pub(super) fn is_none(traces_per_second: f64) -> bool {
        traces_per_second.is_nan() || traces_per_second <= 0.0
    }

    /// Takes over the fill level of another bound.
    #[cfg(feature = "http-client")]
    pub(super) fn take_over(&self, before: &Self) {
        let rate = self.traces_per_second;
        let bucket = before
            .bucket
            .with(|before| before.with_rate(rate, Instant::now()));
        self.bucket.with(|own| *own = bucket);
    }

    /// Takes one guaranteed trace, if there is one left.
    pub(super) fn sample(&self) -> Option<Decision> {
        self.bucket
            .with(|bucket| bucket.take_one(Instant::now()))
            .then(|| Decision::sampled(&self.tags))
    }

    /// Refills the bucket in the child process of a fork.
    pub(super) fn after_fork_in_child(&self) {
        let bucket = LeakyBucket::new(self.traces_per_second, Instant::now());
        self.bucket.replace_in_child(bucket);
    }
}
