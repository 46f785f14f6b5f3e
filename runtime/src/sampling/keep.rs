//! Which traces are kept although the sampler rejected them.

use std::collections::HashMap;
use std::time::Duration;

/// Which traces are kept although the sampler rejected them: those that were slow, and those that failed.
///
/// While a tracer [keeps](crate::TracerBuilder::keep) such traces, it records each trace that its sampler rejects, and throws
/// it away when its local root ends well and in time. The *local root* is the span of this process that waits for the
/// others: the one without a parent, or the one whose parent is in another process. What is kept is reported with the tags
/// `sampler.type = keep` and `sampler.param = slow` or `failed` on the local root. Spans that end after it are reported too,
/// for a minute or more, unless 262,144 other traces have ended by then. A trace that is forced after it has begun is reported
/// with the spans that ended before.
///
/// Nobody else is told: the context says "not sampled" wherever it is sent, so each process keeps its own part of a trace.
///
/// Each span of a rejected trace costs what a recorded one costs on the thread that makes it, and the worker copies it once.
/// A trace may hold an eighth of [`max_bytes`](Self::max_bytes) and 2,048 spans, and as many after its local root. Beyond that,
/// those that started first and those that took longest stay, and the local root has the tag `keep.missing_spans`.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use std::time::Duration;
///
/// use fedtrace::Keep;
/// use fedtrace::sampler::ProbabilisticSampler;
///
/// let keep = Keep::new()
///     .slower_than(Duration::from_secs(2))
///     .operation("GET /_matrix/client/v3/sync", Duration::from_secs(35));
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org")
///     .sampler(ProbabilisticSampler::new(0.001))
///     .keep(keep)
///     .build()?;
/// # let _ = tracer;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "tail sampling")]
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    slower_than: Option<Duration>,
    operations: HashMap<String, Duration>,
    errors: bool,
    max_per_second: f64,
    max_bytes: usize,
}

/// Why a trace is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Slow,
    Failed,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Failed => "failed",
        }
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self::new()
    }
}

impl Keep {
    /// Keeps traces whose local root failed, at most five per second, within 16 MiB.
    pub fn new() -> Self {
        Self {
            slower_than: None,
            operations: HashMap::new(),
            errors: true,
            max_per_second: 5.0,
            max_bytes: 16 * 1024 * 1024,
        }
    }

    /// Also keeps traces whose local root took longer than this.
    #[must_use]
    pub fn slower_than(mut self, duration: Duration) -> Self {
        self.slower_than = Some(duration);
        self
    }

    /// Another duration for local roots with exactly this name, such as a request that waits for news on purpose.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>, slower_than: Duration) -> Self {
        self.operations.insert(name.into(), slower_than);
        self
    }

    /// Whether traces are kept whose local root has the tag `error` with the value `true`; they are, if this is not called. An error of another
    /// span does not count: who called it may have expected it.
    #[must_use]
    pub fn errors(mut self, are_kept: bool) -> Self {
        self.errors = are_kept;
        self
    }

    /// The most traces that are kept per second; five, if this is not called. Further ones are counted in
    /// [`Stats::over_rate_traces`](crate::Stats::over_rate_traces). None are kept if it is negative or not a number.
    #[must_use]
    pub fn max_per_second(mut self, traces: f64) -> Self {
        // Of this and a number that is none, it is the larger one.
        self.max_per_second = traces.max(0.0);
        self
    }

    /// About how many bytes the finished spans of rejected traces may have until their local root ends; 16 MiB, if this is
    /// not called. If there is no more room, the largest traces lose these spans, and then the oldest; they are counted in
    /// [`Stats::over_memory_traces`](crate::Stats::over_memory_traces). Their local roots are judged all the same.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Why a trace with this local root is kept, if it is.
    pub(crate) fn reason(&self, name: &str, duration: Duration, failed: bool) -> Option<Reason> {
        if failed && self.errors {
            return Some(Reason::Failed);
        }
        let limit = self.operations.get(name).copied().or(self.slower_than)?;
        (duration > limit).then_some(Reason::Slow)
    }

    pub(crate) fn rate(&self) -> f64 {
        self.max_per_second
    }

    pub(crate) fn bytes(&self) -> usize {
        self.max_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_took_longer_than_the_limit_of_its_operation_is_slow() {
        let keep = Keep::new()
            .slower_than(2 * SECOND)
            .operation("/sync", 35 * SECOND);
        assert_eq!(keep.reason("/send", 2 * SECOND, false), None);
        assert_eq!(keep.reason("/send", 3 * SECOND, false), Some(Reason::Slow));
        assert_eq!(keep.reason("/sync", 30 * SECOND, false), None);
        assert_eq!(keep.reason("/sync", 36 * SECOND, false), Some(Reason::Slow));
        assert_eq!(Keep::new().reason("/send", 99 * SECOND, false), None);
    }

    #[test]
    fn a_rate_that_is_no_number_or_negative_is_none() {
        for (traces, rate) in [
            (f64::NAN, 0.0),
            (-1.0, 0.0),
            (2.5, 2.5),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(Keep::new().max_per_second(traces).rate(), rate);
        }
    }

    #[test]
    fn what_failed_is_kept_unless_errors_are_not() {
        assert_eq!(Keep::new().reason("/send", SECOND, true), Some(Reason::Failed));
        let slow_only = Keep::new().errors(false).slower_than(SECOND);
        assert_eq!(slow_only.reason("/send", SECOND, true), None);
    }
}
