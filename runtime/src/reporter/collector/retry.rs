//! The pauses before a failed batch is sent again.

use std::time::{Duration, Instant};

use crate::util::random;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The longest `Retry-After` that is obeyed, because a longer one may be a mistake.
const LONGEST_QUIET: Duration = Duration::from_secs(5 * 60);

/// Decides whether a batch is sent again, and when.
///
/// Only the beginning of an outage is waited out. After that, each report tries once, so that a long outage
/// delays neither a flush nor the end of the process. A report may be many batches: after one that has failed, the others do
/// not wait as long again.
#[derive(Debug)]
pub(crate) struct Retry {
    retry_for: Duration,
    failing_since: Option<Instant>,
    pause: Duration,
    /// The time until which the collector asked us to wait.
    quiet_until: Option<Instant>,
    /// The time until which further batches of the same report fail at once: as long as the last attempt took.
    failed_until: Option<Instant>,
}

impl Retry {
    pub(crate) fn new(retry_for: Duration) -> Self {
        Self {
            retry_for,
            failing_since: None,
            pause: FIRST_PAUSE,
            quiet_until: None,
            failed_until: None,
        }
    }

    /// The same settings, with no outage yet.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.retry_for)
    }

    /// The collector answered.
    pub(crate) fn answered(&mut self) {
        self.failing_since = None;
        self.pause = FIRST_PAUSE;
        self.quiet_until = None;
        self.failed_until = None;
    }

    /// The batches that follow are of another report.
    pub(crate) fn end_report(&mut self) {
        self.failed_until = None;
    }

    /// Whether a batch of the same report has failed just now.
    pub(crate) fn has_just_failed(&self, now: Instant) -> bool {
        self.failed_until.is_some_and(|until| now < until)
    }

    /// Whether the time for which the collector asked us to wait has not yet passed.
    pub(crate) fn is_asked_for_quiet(&self, now: Instant) -> bool {
        self.quiet_until.is_some_and(|until| now < until)
    }

    /// Call it when an attempt that began at `began` has failed; the collector may have sent a `Retry-After`.
    /// Returns the pause before the next attempt, or `None` to give up.
    pub(crate) fn next_pause(
        &mut self,
        began: Instant,
        now: Instant,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        let asked = asked.map(|asked| asked.min(LONGEST_QUIET));
        let since = *self.failing_since.get_or_insert(began);
        // Processes that lost the same collector should not retry at the same moment.
        let mut pause = self.pause.mul_f64(0.5 + random::fraction() / 2.0);
        if let Some(asked) = asked.filter(|asked| *asked >= pause) {
            pause = asked.saturating_add(FIRST_PAUSE.mul_f64(random::fraction()));
        }
        if now.saturating_duration_since(since).saturating_add(pause) > self.retry_for {
            self.failed_until = now.checked_add(now.saturating_duration_since(began));
            self.quiet_until = asked.and_then(|asked| now.checked_add(asked));
            return None;
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses between the attempts of one report, each of which fails after `taking`.
    fn pauses(retry: &mut Retry, now: &mut Instant, taking: Duration) -> Vec<Duration> {
        let mut pauses = Vec::new();
        loop {
            let began = *now;
            *now += taking;
            let Some(pause) = retry.next_pause(began, *now, None) else {
                return pauses;
            };
            *now += pause;
            pauses.push(pause);
        }
    }

    #[test]
    fn pauses_grow_to_a_limit_and_end_in_time() {
        let (mut retry, mut now) = (Retry::new(Duration::from_secs(60)), Instant::now());
        let start = now;
        let pauses = pauses(&mut retry, &mut now, Duration::ZERO);
        assert!(now - start <= Duration::from_secs(60));
        assert!((10..30).contains(&pauses.len()), "{pauses:?}");
        let mut longest = FIRST_PAUSE;
        for pause in pauses {
            assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
            longest = (longest * 2).min(LONGEST_PAUSE);
        }
    }

    #[test]
    fn attempts_that_time_out_use_up_the_time_as_well() {
        let (mut retry, mut now) = (Retry::new(Duration::from_secs(10)), Instant::now());
        assert_eq!(pauses(&mut retry, &mut now, Duration::from_secs(5)).len(), 1);
    }

    #[test]
    fn an_outage_that_goes_on_is_not_waited_out_again_until_the_collector_answers() {
        let (mut retry, mut now) = (Retry::new(Duration::from_secs(1)), Instant::now());
        assert!(!pauses(&mut retry, &mut now, Duration::ZERO).is_empty());
        now += Duration::from_secs(1);
        assert!(pauses(&mut retry, &mut now, Duration::ZERO).is_empty());
        retry.answered();
        assert!(!pauses(&mut retry, &mut now, Duration::ZERO).is_empty());
    }

    #[test]
    fn a_collector_that_asks_to_be_left_alone_is_for_so_long_unless_that_is_too_late() {
        let now = Instant::now();
        let mut retry = Retry::new(Duration::from_secs(10));
        let mut pause_of = |asked: Duration| retry.next_pause(now, now, Some(asked));
        for seconds in [1, 9] {
            let asked = Duration::from_secs(seconds);
            let pause = pause_of(asked).unwrap();
            assert!(asked <= pause && pause <= asked + FIRST_PAUSE, "{pause:?}");
        }
        for asked in [Duration::from_secs(11), Duration::MAX] {
            assert_eq!(pause_of(asked), None);
        }
        // A short `Retry-After` does not shorten our own pause.
        assert!(pause_of(Duration::ZERO).unwrap() >= FIRST_PAUSE / 2);
    }

    #[test]
    fn a_collector_is_left_alone_also_by_the_batches_after_one_that_was_given_up_but_not_for_ever() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut retry = Retry::new(Duration::from_secs(10));
        assert!(!retry.is_asked_for_quiet(now));
        assert_eq!(retry.next_pause(now, now, Some(Duration::from_secs(60))), None);
        assert!(retry.is_asked_for_quiet(after(59)) && !retry.is_asked_for_quiet(after(60)));
        retry.next_pause(now, now, Some(Duration::MAX));
        assert!(retry.is_asked_for_quiet(after(299)) && !retry.is_asked_for_quiet(after(300)));
        retry.answered();
        assert!(!retry.is_asked_for_quiet(now));
        // Without a `Retry-After`, each report tries once.
        assert_eq!(retry.next_pause(now, after(60), None), None);
        assert!(!retry.is_asked_for_quiet(after(60)));
    }

    #[test]
    fn after_a_failure_the_other_batches_of_a_report_do_not_wait_as_long_again() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut retry = Retry::new(Duration::ZERO);
        assert!(!retry.has_just_failed(now));
        retry.next_pause(now, after(5), None);
        assert!(retry.has_just_failed(after(5)) && retry.has_just_failed(after(9)));
        // Whoever never ends a report is left without spans for a while only.
        assert!(!retry.has_just_failed(after(10)));
        retry.end_report();
        assert!(!retry.has_just_failed(after(6)));
        retry.next_pause(now, after(5), None);
        retry.answered();
        assert!(!retry.has_just_failed(after(6)));
        // What the collector has asked for is obeyed by the next report too.
        retry.next_pause(now, after(5), Some(Duration::from_secs(60)));
        retry.end_report();
        assert!(retry.is_asked_for_quiet(after(64)));
    }

    #[test]
    fn a_pause_is_five_minutes_at_most_however_long_a_batch_may_wait() {
        let now = Instant::now();
        let mut retry = Retry::new(Duration::from_secs(60 * 60));
        for asked in [Duration::from_secs(3_000), Duration::MAX] {
            let pause = retry.next_pause(now, now, Some(asked)).unwrap();
            assert!(
                pause >= LONGEST_QUIET && pause <= LONGEST_QUIET + FIRST_PAUSE,
                "{pause:?}"
            );
        }
    }

    #[test]
    fn without_time_nothing_is_tried_again() {
        let (mut retry, mut now) = (Retry::new(Duration::ZERO), Instant::now());
        assert!(pauses(&mut retry, &mut now, Duration::ZERO).is_empty());
    }
}
