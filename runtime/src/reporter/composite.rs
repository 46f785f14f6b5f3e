//! A reporter that passes spans to several reporters.

use std::fmt;
use std::panic::resume_unwind;

use super::loss_warning::LossWarning;
use super::report::{Report, Reporter};
use crate::delivery::span_view::Spans;
use crate::model::process::{ClientStats, Process};
use crate::util::panic::catch_panic;

/// Passes every span to several reporters, in the order in which they were added.
///
/// A span counts as lost if any of them lost it. The counts are a lower bound: if two reporters lost spans
/// for different reasons, they may have lost the same ones. A reporter that panics has lost the spans of that
/// call; the others still get them. A slow reporter delays the others.
///
/// ```
/// use fedtrace::reporter::{CompositeReporter, LoggingReporter, MemoryReporter};
///
/// let memory = MemoryReporter::new();
/// let both = CompositeReporter::new().with(memory.clone()).with(LoggingReporter::new());
/// # let _ = both;
/// ```
#[derive(Default)]
pub struct CompositeReporter {
    reporters: Vec<Box<dyn Reporter>>,
    panicked: LossWarning,
}

impl CompositeReporter {
    /// A composite without reporters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reporter.
    #[must_use]
    pub fn with(mut self, reporter: impl Reporter + 'static) -> Self {
        self.reporters.push(Box::new(reporter));
        self
    }
}

impl CompositeReporter {
    /// A panic reaches the caller once every reporter had its turn.
    fn give_each_its_turn(&mut self, mut turn: impl FnMut(&mut dyn Reporter)) {
        let mut panicked = false;
        for reporter in &mut self.reporters {
            panicked |= catch_panic(|| turn(reporter)).is_none();
        }
        if panicked {
            // Not `panic!`: the message of the first panic was printed already.
            resume_unwind(Box::new("one of several reporters panicked"));
        }
    }
}

impl Reporter for CompositeReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        let all = spans.len() as u64;
        let (mut sent, mut too_large) = (all, 0);
        for reporter in &mut self.reporters {
            let report = catch_panic(|| reporter.report(process, spans)).unwrap_or_else(|| {
                self.panicked
                    .lost_here(all, "one of several reporters panicked and lost them");
                Report::default()
            });
            sent = sent.min(report.sent);
            too_large = too_large.max(report.too_large);
        }
        too_large = too_large.min(all - sent);
        Report::sent(sent)
            .with_too_large(too_large)
            .with_failed(all - sent - too_large)
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        self.give_each_its_turn(|reporter| reporter.set_client_stats(stats));
    }

    fn flush(&mut self) {
        self.give_each_its_turn(|reporter| reporter.flush());
    }

    fn at_interval(&mut self) {
        self.give_each_its_turn(|reporter| reporter.at_interval());
    }

    /// Those of the reporter that lost most: others may have lost the same ones.
    fn take_late_losses(&mut self) -> u64 {
        let mut most = 0;
        self.give_each_its_turn(|reporter| most = most.max(reporter.take_late_losses()));
        most
    }

    fn after_fork_in_child(&mut self) {
        self.give_each_its_turn(|reporter| reporter.after_fork_in_child());
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        let spares: Option<_> = self
            .reporters
            .iter()
            .map(|reporter| reporter.for_child())
            .collect();
        Some(Box::new(Self {
            reporters: spares?,
            panicked: LossWarning::default(),
        }))
    }
}

impl fmt::Debug for CompositeReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompositeReporter")
            .field("reporters", &self.reporters.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::finished_span::FinishedSpan;
    use crate::model::id::SpanId;
    use crate::model::id::TraceId;
    use crate::reporter::memory::MemoryReporter;

    /// Returns a fixed report, and keeps the statistics that it was given.
    struct Told(Report, Arc<Mutex<ClientStats>>);

    impl Reporter for Told {
        fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
            self.0
        }

        fn set_client_stats(&mut self, stats: ClientStats) {
            *self.1.lock().unwrap() = stats;
        }
    }

    fn told(sent: u64, too_large: u64, failed: u64) -> Told {
        let report = Report::sent(sent).with_too_large(too_large).with_failed(failed);
        Told(report, Arc::default())
    }

    struct Panics;

    impl Reporter for Panics {
        fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
            panic!("on purpose")
        }
    }

    fn report(mut reporter: CompositeReporter, spans: usize) -> (u64, u64, u64) {
        let process = Process::new("s", vec![]);
        let (trace, id) = (TraceId::new(1).unwrap(), SpanId::new(1).unwrap());
        let span = FinishedSpan::new(trace, id, "a", SystemTime::UNIX_EPOCH, Duration::ZERO);
        let report = reporter.report(&process, Spans::from(&vec![span; spans]));
        (report.sent, report.too_large, report.failed)
    }

    #[test]
    fn each_reporter_gets_every_span_and_the_worst_outcome_counts() {
        let memory = MemoryReporter::new();
        let both = CompositeReporter::new().with(told(0, 0, 3)).with(memory.clone());
        assert_eq!(report(both, 3), (0, 0, 3));
        assert_eq!(memory.len(), 3);
    }

    #[test]
    fn what_is_sent_and_what_is_lost_are_all_spans_together() {
        for (one, other, together) in [
            ((3, 0, 0), (3, 0, 0), (3, 0, 0)),
            ((2, 1, 0), (2, 0, 1), (2, 1, 0)),
            ((1, 2, 0), (2, 0, 1), (1, 2, 0)),
            ((0, 1, 2), (3, 0, 0), (0, 1, 2)),
        ] {
            let told = |(sent, too_large, failed)| told(sent, too_large, failed);
            let both = CompositeReporter::new().with(told(one)).with(told(other));
            assert_eq!(report(both, 3), together, "{one:?} {other:?}");
        }
        assert_eq!(report(CompositeReporter::new(), 3), (3, 0, 0));
    }

    #[test]
    fn a_reporter_that_panics_does_not_keep_the_others_from_their_spans() {
        let memory = MemoryReporter::new();
        let both = CompositeReporter::new().with(Panics).with(memory.clone());
        assert_eq!(report(both, 2), (0, 0, 2));
        assert_eq!(memory.len(), 2);
    }

    #[test]
    fn a_flush_reaches_every_reporter_and_then_a_panic_the_caller() {
        struct Flushed(Arc<Mutex<u32>>, bool);
        impl Reporter for Flushed {
            fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
                Report::default()
            }
            fn flush(&mut self) {
                *self.0.lock().unwrap() += 1;
                assert!(!self.1, "on purpose");
            }
        }
        let flushes = Arc::new(Mutex::new(0));
        let reporter = |panics| Flushed(Arc::clone(&flushes), panics);
        let boxed: Box<dyn Reporter> = Box::new(reporter(false));
        let mut all = CompositeReporter::new().with(reporter(true)).with(boxed);
        assert!(catch_panic(|| all.flush()).is_none());
        assert_eq!(*flushes.lock().unwrap(), 2);
        let mut all = CompositeReporter::new().with(reporter(false));
        assert!(catch_panic(|| all.flush()).is_some());
    }

    #[test]
    fn what_a_reporter_has_lost_late_is_counted_once() {
        struct Late(u64);
        impl Reporter for Late {
            fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
                Report::default()
            }
            fn take_late_losses(&mut self) -> u64 {
                std::mem::take(&mut self.0)
            }
        }
        let boxed: Box<dyn Reporter> = Box::new(Late(5));
        let mut all = CompositeReporter::new().with(Late(2)).with(boxed);
        assert_eq!([all.take_late_losses(), all.take_late_losses()], [5, 0]);
    }

    #[test]
    fn a_reporter_that_panics_when_it_is_told_something_leaves_no_other_untold() {
        /// Counts what it is told, and panics.
        struct Hears(Arc<Mutex<u32>>, bool);
        impl Hears {
            fn hear(&self) {
                *self.0.lock().unwrap() += 1;
                assert!(!self.1, "on purpose");
            }
        }
        impl Reporter for Hears {
            fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
                Report::default()
            }
            fn set_client_stats(&mut self, _: ClientStats) {
                self.hear();
            }
            fn after_fork_in_child(&mut self) {
                self.hear();
            }
        }
        let heard = Arc::new(Mutex::new(0));
        let reporter = |panics| Hears(Arc::clone(&heard), panics);
        let mut all = CompositeReporter::new()
            .with(reporter(true))
            .with(reporter(false));
        assert!(catch_panic(|| all.set_client_stats(ClientStats::default())).is_none());
        assert_eq!(*heard.lock().unwrap(), 2);
        assert!(catch_panic(|| all.after_fork_in_child()).is_none());
        assert_eq!(*heard.lock().unwrap(), 4);
    }

    #[test]
    fn each_reporter_is_told_what_was_lost() {
        let stats = ClientStats {
            full_queue_dropped_spans: 1,
            ..ClientStats::default()
        };
        let reporters = [told(0, 0, 0), told(0, 0, 0)];
        let heard = reporters.each_ref().map(|reporter| reporter.1.clone());
        let [one, other] = reporters;
        let mut both = CompositeReporter::new().with(one).with(other);
        both.set_client_stats(stats);
        assert_eq!(heard.map(|heard| *heard.lock().unwrap()), [stats, stats]);
    }
}
