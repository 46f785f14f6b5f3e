//! Several reporters at once.

use std::fmt;

use super::{Process, Report, Reporter};
use crate::finished::FinishedSpan;

/// Gives every span to each of several reporters, in the order in which they were added.
///
/// A span counts as lost if any of them lost it.
///
/// ```
/// use fedtrace::reporter::{CompositeReporter, LoggingReporter, MemoryReporter};
///
/// let memory = MemoryReporter::new();
/// let both = CompositeReporter::new().with(memory.clone()).with(LoggingReporter::new());
/// # let _ = both;
/// ```
#[derive(Default)]
pub struct CompositeReporter(Vec<Box<dyn Reporter>>);

impl CompositeReporter {
    /// No reporter yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reporter.
    #[must_use]
    pub fn with(mut self, reporter: impl Reporter + 'static) -> Self {
        self.0.push(Box::new(reporter));
        self
    }
}

impl Reporter for CompositeReporter {
    fn report(&mut self, process: &Process, spans: &[FinishedSpan]) -> Report {
        let all = spans.len() as u64;
        self.0
            .iter_mut()
            .map(|reporter| reporter.report(process, spans))
            .fold(
                Report {
                    sent: all,
                    ..Report::default()
                },
                |worst, report| Report {
                    sent: worst.sent.min(report.sent),
                    too_large: worst.too_large.max(report.too_large),
                    failed: worst.failed.max(report.failed),
                },
            )
    }
}

impl fmt::Debug for CompositeReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompositeReporter")
            .field("reporters", &self.0.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::reporter::MemoryReporter;
    use crate::{SpanId, TraceId};

    struct Broken;

    impl Reporter for Broken {
        fn report(&mut self, _: &Process, spans: &[FinishedSpan]) -> Report {
            Report {
                failed: spans.len() as u64,
                ..Report::default()
            }
        }
    }

    #[test]
    fn each_reporter_gets_every_span_and_the_worst_outcome_counts() {
        let process = Process {
            service_name: "s".into(),
            tags: vec![],
        };
        let (trace, id) = (TraceId::new(1).unwrap(), SpanId::new(1).unwrap());
        let span = FinishedSpan::new(trace, id, "a", SystemTime::UNIX_EPOCH, Duration::ZERO);
        let memory = MemoryReporter::new();
        let mut both = CompositeReporter::new().with(Broken).with(memory.clone());
        let report = both.report(&process, std::slice::from_ref(&span));
        assert_eq!(memory.finished_spans(), [span]);
        assert_eq!((report.sent, report.too_large, report.failed), (0, 0, 1));
    }
}
