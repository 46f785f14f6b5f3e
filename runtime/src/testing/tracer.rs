//! A tracer for tests, which keeps its spans.

use std::thread;
use std::time::Duration;

use super::kept_spans::KeptSpans;
use super::open_span::{OpenSpan, still_open};
use super::tree::SpanTree;
use crate::model::finished_span::FinishedSpan;
use crate::tracer::core::Tracer;
use crate::worker::guard::TracerGuard;

/// The timeout of [`TestTracer::finished_spans`].
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is known of open spans, and whether they fail the test at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhatIsOpen {
    Unknown,
    Allowed,
    Refused,
}

/// A tracer for a single test. It samples everything and keeps the finished spans in memory.
///
/// Use it with [`with_tracer`](crate::with_tracer), so that tests can run in parallel. Without the feature
/// `enable` there are no spans.
///
/// ```
/// use fedtrace::testing::TestTracer;
///
/// # if !cfg!(feature = "enable") { return; }
/// let test = TestTracer::new();
/// fedtrace::with_tracer(test.tracer(), || {
///     let _outer = fedtrace::start_active_span("outer");
///     let _inner = fedtrace::start_active_span("inner");
/// });
/// test.tree().assert_eq("
///     outer
///       inner
/// ");
/// ```
///
/// One that is made by [`builder`](Self::builder) knows which spans are open. It fails the test, and names them, if there are
/// any when it is dropped.
#[derive(Debug)]
pub struct TestTracer {
    tracer: Tracer,
    kept: KeptSpans,
    guard: TracerGuard,
    what_is_open: WhatIsOpen,
}

/// A test may well have no span.
impl Drop for TestTracer {
    fn drop(&mut self) {
        self.finish(thread::panicking());
    }
}

impl TestTracer {
    pub(super) fn of(tracer: Tracer, guard: TracerGuard, kept: KeptSpans, what_is_open: WhatIsOpen) -> Self {
        Self {
            tracer,
            kept,
            guard,
            what_is_open,
        }
    }

    /// Ends the test. Open spans are no failure if the test has failed anyhow.
    #[track_caller]
    pub(super) fn finish(&mut self, has_failed: bool) {
        let open = match self.what_is_open {
            WhatIsOpen::Refused if !has_failed => OpenSpan::of(&self.tracer),
            _ => Vec::new(),
        };
        self.guard.end();
        self.what_is_open = WhatIsOpen::Allowed;
        assert!(open.is_empty(), "{}", still_open(&open, "at the end of the test"));
    }

    /// The tracer.
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// All spans finished so far, in the order in which they finished. Panics if the worker does not hand
    /// them over within ten seconds.
    #[track_caller]
    pub fn finished_spans(&self) -> Vec<FinishedSpan> {
        self.flush();
        self.kept.in_order_of_end()
    }

    /// The finished span of this name. Panics unless there is exactly one.
    #[track_caller]
    pub fn finished_span(&self, operation_name: &str) -> FinishedSpan {
        let all = self.finished_spans();
        let mut found = all.iter().filter(|span| span.operation_name == operation_name);
        match (found.next(), found.next()) {
            (Some(span), None) => span.clone(),
            _ => self.refuse(operation_name, &all),
        }
    }

    /// The tree of all spans finished so far.
    #[track_caller]
    pub fn tree(&self) -> SpanTree {
        self.flush();
        SpanTree::new(self.kept.in_order_of_start())
    }

    /// The guard that owns the worker.
    pub fn guard(&self) -> &TracerGuard {
        &self.guard
    }

    #[track_caller]
    fn flush(&self) {
        assert!(
            self.guard.flush(TIMEOUT).is_ok(),
            "the worker did not hand over its spans within {TIMEOUT:?}"
        );
    }

    #[track_caller]
    #[allow(clippy::panic)]
    fn refuse(&self, operation_name: &str, all: &[FinishedSpan]) -> ! {
        panic!(
            "there should be exactly one finished span {operation_name:?} in:\n{}",
            SpanTree::new(all.to_vec())
        )
    }
}
