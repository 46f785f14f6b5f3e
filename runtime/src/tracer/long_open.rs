//! Spans that have been open for long.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::util::clock;
use crate::util::fork_safe::ForkMutex;
use crate::util::tick::Tick;

/// A span that was reported while it was open.
#[derive(Debug)]
pub(crate) struct LongOpenSpan {
    pub(crate) name: Cow<'static, str>,
    pub(crate) age: Duration,
}

/// When a tracer reports open spans.
///
/// The clock is read by the worker only, so that a thread compares two numbers to know that a span is not among them.
#[derive(Debug)]
pub(crate) struct LongOpen {
    /// `None` if open spans are not reported.
    after: Option<Duration>,
    /// Spans that started before this tick may be due. `Relaxed` is enough: nothing else is read because of it.
    before: AtomicU64,
    /// The last one that was reported, for the worker to warn of.
    last: ForkMutex<Option<LongOpenSpan>>,
}

impl LongOpen {
    /// Open spans are reported after this time. Zero is never.
    pub(crate) fn new(after: Duration) -> Self {
        Self {
            after: (!after.is_zero()).then_some(after),
            before: AtomicU64::new(Tick::ZERO.bits()),
            last: ForkMutex::new(None),
        }
    }

    /// For the worker, now and then.
    pub(crate) fn refresh(&self) {
        if let Some(after) = self.after {
            let before = clock::earlier(Tick::now(), after);
            self.before.store(before.bits(), Ordering::Relaxed);
        }
    }

    /// Whether a span that started then may be due.
    #[inline]
    pub(crate) fn may_include(&self, start: Tick) -> bool {
        start.bits() < self.before.load(Ordering::Relaxed)
    }

    /// Whether a span of this age is due that was reported so often. Each time it has to be twice as old as before: each report
    /// is another line in Jaeger.
    pub(crate) fn is_due(&self, age: Duration, reports: u8) -> bool {
        let factor = 1_u32.checked_shl(reports.into());
        let due = self.after.and_then(|after| after.checked_mul(factor?));
        due.is_some_and(|due| age >= due)
    }

    pub(crate) fn note(&self, span: LongOpenSpan) {
        self.last.with(|last| *last = Some(span));
    }

    pub(crate) fn take_last(&self) -> Option<LongOpenSpan> {
        self.last.with(Option::take)
    }

    pub(crate) fn after_fork_in_child(&self) {
        self.last.replace_in_child(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_due_when_it_is_twice_as_old_as_at_the_report_before() {
        let long_open = LongOpen::new(Duration::from_secs(600));
        let is_due = |seconds, reports| long_open.is_due(Duration::from_secs(seconds), reports);
        assert!(!is_due(599, 0) && is_due(600, 0));
        assert!(!is_due(1_199, 1) && is_due(1_200, 1));
        assert!(!is_due(u64::MAX, 200));
        assert!(!LongOpen::new(Duration::ZERO).is_due(Duration::MAX, 0));
    }

    #[test]
    fn a_span_may_be_due_once_the_worker_has_seen_that_its_time_is_over() {
        let _clock = clock::Clock::new();
        let long_open = LongOpen::new(Duration::from_nanos(1));
        let start = Tick::now();
        assert!(!long_open.may_include(start));
        while !long_open.may_include(start) {
            long_open.refresh();
        }
        let never = LongOpen::new(Duration::ZERO);
        never.refresh();
        assert!(!never.may_include(start));
    }
}
