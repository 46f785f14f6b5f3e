//! When memory that was not needed for a while is given back.

use std::time::{Duration, Instant};

const LENGTH: Duration = Duration::from_secs(10);

/// A time in which it shows how much memory is needed.
#[derive(Debug)]
pub(super) struct Period {
    end: Instant,
}

impl Period {
    pub(super) fn new() -> Self {
        Self {
            end: Instant::now() + LENGTH,
        }
    }

    /// Whether it is over. Then the next one begins.
    pub(super) fn is_over(&mut self, now: Instant) -> bool {
        let is_over = now >= self.end;
        if is_over {
            self.end = now + LENGTH;
        }
        is_over
    }

    #[cfg(test)]
    pub(super) fn set_end(&mut self, end: Instant) {
        self.end = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_over_once_and_then_begins_again() {
        let start = Instant::now();
        let mut period = Period::new();
        let later = |seconds| start + Duration::from_secs(seconds);
        let seconds = [0, 5, 11, 12, 20, 22];
        assert_eq!(
            seconds.map(|seconds| period.is_over(later(seconds))),
            [false, false, true, false, false, true]
        );
    }
}
