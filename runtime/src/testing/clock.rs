//! A clock for tests.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::util::standing_clock::StandingClock;

/// 2020-01-01T00:00:00Z
const START: Duration = Duration::from_secs(1_577_836_800);

/// A clock that stands until it is moved, for the tracer of a [builder](super::TestTracerBuilder::clock). Clones are the same
/// clock.
///
/// It times the starts, ends and log records of spans. It is nothing that the program itself sees, and a start or an end that
/// the program sets is as it was set. The metrics of requests are timed by the real clock.
///
/// ```
/// use std::time::Duration;
///
/// use fedtrace::testing::{TestClock, TestTracer, assert_trace};
///
/// # if !cfg!(feature = "enable") { return; }
/// let clock = TestClock::new();
/// let test = TestTracer::builder().clock(&clock).build();
/// fedtrace::with_tracer(test.tracer(), || {
///     let _outer = fedtrace::start_active_span("outer");
///     clock.advance(Duration::from_millis(200));
///     let _inner = fedtrace::start_active_span("inner");
///     clock.advance(Duration::from_millis(50));
/// });
/// assert_trace!(test, {
///     "outer" [duration = Duration::from_millis(250)] {
///         "inner" [duration = Duration::from_millis(50)],
///     }
/// });
/// ```
#[derive(Debug, Clone)]
pub struct TestClock(pub(super) Arc<StandingClock>);

impl TestClock {
    /// A clock that shows the beginning of 2020.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::at(UNIX_EPOCH + START)
    }

    /// A clock that shows this time.
    pub fn at(time: SystemTime) -> Self {
        Self(Arc::new(StandingClock::new(time)))
    }

    /// The time that it shows.
    pub fn now(&self) -> SystemTime {
        self.0.now()
    }

    /// Moves it. What happened before this call was at the old time, and what happens after it is at the new one.
    pub fn advance(&self, by: Duration) {
        self.0.advance(by);
    }
}
