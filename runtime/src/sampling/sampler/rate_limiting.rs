//! The sampler that limits the number of traces per second.

use std::sync::Arc;
use std::time::Instant;

use super::decision::{Decision, Sampler, decision_tags};
use crate::model::id::TraceId;
use crate::model::tag::Tag;
use crate::util::fork_safe::ForkMutex;
use crate::util::leaky_bucket::LeakyBucket;

/// Records at most a number of traces per second: Jaeger's `ratelimiting`.
///
/// Unused capacity of up to one second is saved (or of one trace, if the rate is below one per second), and
/// the sampler starts with that much. Changes of the system clock have no effect.
#[derive(Debug)]
pub struct RateLimitingSampler {
    max_traces_per_second: f64,
    bucket: ForkMutex<LeakyBucket>,
    tags: Arc<Vec<Tag>>,
}

impl RateLimitingSampler {
    /// Records at most this many traces per second; 0.5 is one trace in two seconds. A value that is not
    /// above 0 records no trace, and `f64::INFINITY` records all.
    pub fn new(max_traces_per_second: f64) -> Self {
        Self::of_bucket(
            max_traces_per_second,
            LeakyBucket::new(max_traces_per_second, Instant::now()),
        )
    }

    /// The same sampler with another rate, filled to the same proportion.
    #[cfg(feature = "http-client")]
    pub(super) fn with_rate(&self, max_traces_per_second: f64) -> Self {
        let of_this_rate = |bucket: &mut LeakyBucket| bucket.with_rate(max_traces_per_second, Instant::now());
        Self::of_bucket(max_traces_per_second, self.bucket.with(of_this_rate))
    }

    fn of_bucket(max_traces_per_second: f64, bucket: LeakyBucket) -> Self {
        Self {
            max_traces_per_second,
            bucket: ForkMutex::new(bucket),
            tags: decision_tags("ratelimiting", max_traces_per_second),
        }
    }

    /// The maximum number of traces per second.
    pub fn max_traces_per_second(&self) -> f64 {
        self.max_traces_per_second
    }
}

impl Sampler for RateLimitingSampler {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        match self.bucket.with(|bucket| bucket.take_one(Instant::now())) {
            true => Decision::sampled(&self.tags),
            false => Decision::drop(),
        }
    }

    fn after_fork_in_child(&self) {
        let bucket = LeakyBucket::new(self.max_traces_per_second, Instant::now());
        self.bucket.replace_in_child(bucket);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id() -> TraceId {
        TraceId::new(1).unwrap()
    }

    #[test]
    fn rate_0_records_none() {
        for rate in [0.0, -1.0, f64::NAN] {
            let sampler = RateLimitingSampler::new(rate);
            assert!(
                (0..10).all(|_| !sampler.sample(id(), "op").is_sampled()),
                "{rate}"
            );
        }
    }

    #[test]
    fn threads_together_never_exceed_the_rate() {
        let rate = 200.0;
        let sampler = RateLimitingSampler::new(rate);
        let start = Instant::now();
        let sampled: usize = std::thread::scope(|scope| {
            let work = || {
                let mut sampled = 0;
                while start.elapsed() < Duration::from_millis(300) {
                    sampled += usize::from(sampler.sample(id(), "op").is_sampled());
                }
                sampled
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let most = rate + start.elapsed().as_secs_f64() * rate;
        assert!(sampled as f64 <= most, "{sampled} of {most}");
        assert!(sampled as f64 >= rate, "{sampled}: the bucket was full");
    }

    #[test]
    fn the_root_tells_the_rate_as_a_double() {
        let decision = RateLimitingSampler::new(5.0).sample(id(), "op");
        let expected = [
            Tag::new("sampler.type", "ratelimiting"),
            Tag::new("sampler.param", 5.0),
        ];
        assert_eq!(decision.tags(), expected);
    }
}
