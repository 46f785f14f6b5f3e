//! A tracer for tests, which keeps its spans.

use std::time::Duration;

use super::tree::SpanTree;
use crate::model::finished_span::FinishedSpan;
use crate::reporter::memory::MemoryReporter;
use crate::sampling::sampler::constant::ConstSampler;
use crate::sampling::sampler::decision::Sampler;
use crate::tracer::core::Tracer;
use crate::worker::guard::TracerGuard;

/// The worker takes spans only on request, so that they arrive in the order in which they finished even if
/// several threads finish them.
const NEVER: Duration = Duration::MAX;

/// The timeout of [`TestTracer::finished_spans`].
const TIMEOUT: Duration = Duration::from_secs(10);

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
#[derive(Debug)]
pub struct TestTracer {
    tracer: Tracer,
    reporter: MemoryReporter,
    guard: TracerGuard,
}

/// A test may well have no span.
impl Drop for TestTracer {
    fn drop(&mut self) {
        self.guard.end();
    }
}

impl TestTracer {
    /// A tracer that samples everything. Panics if the worker thread cannot be started.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::with_sampler(ConstSampler::new(true))
    }

    /// A tracer with another sampler. Panics if the worker thread cannot be started.
    #[allow(clippy::expect_used)]
    pub fn with_sampler(sampler: impl Sampler + 'static) -> Self {
        let reporter = MemoryReporter::new();
        let (tracer, guard) = Tracer::builder("test")
            .sampler(sampler)
            .reporter(reporter.clone())
            .flush_interval(NEVER)
            .build()
            .expect("a tracer without configuration starts");
        Self {
            tracer,
            reporter,
            guard,
        }
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
        self.reporter.finished_spans()
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
        SpanTree::new(self.finished_spans())
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
