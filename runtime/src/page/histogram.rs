//! How long the requests of an operation took.

use std::time::Duration;

/// The upper bounds of all buckets but the last, in milliseconds.
const BOUNDS: [u64; 10] = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000];

pub(super) const BUCKETS: usize = BOUNDS.len() + 1;

/// Counts of durations.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram([u64; BUCKETS]);

impl Histogram {
    /// The bucket of a duration.
    pub(super) fn bucket(duration: Duration) -> usize {
        let millis = duration.as_nanos().div_ceil(1_000_000);
        BOUNDS
            .iter()
            .position(|bound| millis <= u128::from(*bound))
            .unwrap_or(BOUNDS.len())
    }

    /// The longest duration of a bucket; `None` for the last one.
    pub(super) fn bound(bucket: usize) -> Option<Duration> {
        BOUNDS.get(bucket).copied().map(Duration::from_millis)
    }

    pub(super) fn count(&mut self, bucket: usize) {
        if let Some(count) = self.0.get_mut(bucket) {
            *count += 1;
        }
    }

    pub(super) fn counts(&self) -> &[u64; BUCKETS] {
        &self.0
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The bucket below whose bound this share of all durations is.
    pub(super) fn quantile(&self, share: f64) -> usize {
        let wanted = (share * self.total() as f64).ceil() as u64;
        let mut seen = 0;
        let reaches = |count: &u64| {
            seen += count;
            seen >= wanted
        };
        self.0.iter().position(reaches).unwrap_or(BUCKETS - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let bucket = |micros| Histogram::bucket(Duration::from_micros(micros));
        assert_eq!([0, 1_000, 1_001, 3_000].map(bucket), [0, 0, 1, 1]);
        assert_eq!([30_000_000, 30_000_001, u64::MAX].map(bucket), [9, 10, 10]);
        assert_eq!(Histogram::bound(0), Some(Duration::from_millis(1)));
        assert_eq!(Histogram::bound(BUCKETS - 1), None);
    }

    #[test]
    fn a_quantile_is_the_bucket_that_reaches_its_share() {
        let mut histogram = Histogram::default();
        (0..99).for_each(|_| histogram.count(2));
        histogram.count(7);
        assert_eq!(histogram.total(), 100);
        assert_eq!(
            [0.5, 0.99, 0.999].map(|share| histogram.quantile(share)),
            [2, 2, 7]
        );
    }
}
