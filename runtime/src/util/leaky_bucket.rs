//! The rate limiter of Jaeger's clients.

use std::time::Instant;

/// Lets a number of items through per second. Unused capacity is saved for at most one second, or up to one
/// item if the rate is below one per second.
#[derive(Debug)]
pub(crate) struct LeakyBucket {
    rate: f64,
    balance: f64,
    last: Instant,
}

impl LeakyBucket {
    /// A full bucket. A rate that is not above zero lets nothing through; an infinite rate lets everything
    /// through.
    pub(crate) fn new(rate: f64, now: Instant) -> Self {
        Self {
            rate,
            balance: capacity(rate),
            last: now,
        }
    }

    /// Whether one item may pass.
    pub(crate) fn has_one(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.balance >= 1.0
    }

    /// Whether the bucket is full, and so equal to a new one.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.balance >= capacity(self.rate)
    }

    /// Takes one item out, if there is one.
    pub(crate) fn take_one(&mut self, now: Instant) -> bool {
        let has_one = self.has_one(now);
        if has_one {
            self.take();
        }
        has_one
    }

    /// A bucket with another rate, filled to the same proportion.
    #[cfg(feature = "http-client")]
    pub(crate) fn with_rate(&self, rate: f64, now: Instant) -> Self {
        let mut bucket = Self { ..*self };
        bucket.refill(now);
        let level = bucket.balance / capacity(self.rate);
        bucket.rate = rate;
        let balance = capacity(rate) * level;
        bucket.balance = if balance.is_nan() { capacity(rate) } else { balance };
        bucket
    }

    /// Takes one item out.
    pub(crate) fn take(&mut self) {
        self.balance -= 1.0;
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.last);
        // Zero times infinity is not a number.
        if !elapsed.is_zero() {
            self.balance = (self.balance + elapsed.as_secs_f64() * self.rate).min(capacity(self.rate));
            self.last = now;
        }
    }
}

fn capacity(rate: f64) -> f64 {
    if rate > 0.0 { rate.max(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn taken(bucket: &mut LeakyBucket, now: Instant, tries: usize) -> usize {
        let mut taken = 0;
        for _ in 0..tries {
            taken += usize::from(bucket.take_one(now));
        }
        taken
    }

    #[test]
    fn a_bucket_starts_full_and_refills_at_its_rate_up_to_a_second_of_it() {
        let start = Instant::now();
        let mut bucket = LeakyBucket::new(10.0, start);
        assert!(bucket.is_full(start));
        assert_eq!(taken(&mut bucket, start, 100), 10);
        assert!(!bucket.is_full(start));
        assert_eq!(taken(&mut bucket, start + Duration::from_millis(250), 100), 2);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(3600), 100), 10);
    }

    #[test]
    fn below_one_a_second_one_is_saved_up() {
        let start = Instant::now();
        let mut bucket = LeakyBucket::new(0.5, start);
        assert_eq!(taken(&mut bucket, start, 5), 1);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(1), 5), 0);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(2), 5), 1);
    }

    #[test]
    fn zero_and_what_is_no_rate_let_nothing_through_and_infinity_everything() {
        let start = Instant::now();
        for rate in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            let mut bucket = LeakyBucket::new(rate, start);
            assert_eq!(taken(&mut bucket, start, 5), 0, "{rate}");
            assert_eq!(
                taken(&mut bucket, start + Duration::from_secs(60), 5),
                0,
                "{rate}"
            );
        }
        let mut bucket = LeakyBucket::new(f64::INFINITY, start);
        assert_eq!(taken(&mut bucket, start, 1000), 1000);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(1), 1000), 1000);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let start = Instant::now();
        let mut bucket = LeakyBucket::new(1.0, start + Duration::from_secs(10));
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(10), 5), 1);
        assert_eq!(taken(&mut bucket, start, 5), 0);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(10), 5), 0);
    }

    proptest! {
        /// In any stretch of time, no more passes than what was saved plus what was added during it.
        #[test]
        fn it_never_exceeds_its_rate(
            rate in 0.0..20.0_f64,
            steps in proptest::collection::vec((0_u64..2_000, 1_usize..30), 1..60),
        ) {
            let mut now = Instant::now();
            let mut bucket = LeakyBucket::new(rate, now);
            let mut taken_at = Vec::new();
            for (pause, tries) in steps {
                now += Duration::from_millis(pause);
                let taken = taken(&mut bucket, now, tries);
                taken_at.push((now, taken));
            }
            for (first, (start, _)) in taken_at.iter().enumerate() {
                let mut sum = 0;
                for (end, taken) in &taken_at[first..] {
                    sum += taken;
                    let most = capacity(rate) + (*end - *start).as_secs_f64() * rate;
                    prop_assert!(sum as f64 <= most + 1e-6, "{sum} of {most}");
                }
            }
        }
    }
}
