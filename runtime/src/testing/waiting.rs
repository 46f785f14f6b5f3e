//! Waiting for the spans of a test.

use std::panic::Location;
use std::time::Duration;

use super::open_span::{OpenSpan, lines, still_open};
use super::tracer::TestTracer;
use crate::model::finished_span::FinishedSpan;
use crate::tracer::core::Tracer;
use crate::worker::wait::wait_on_thread;

/// How waiting ended.
type Waited = Result<(), Vec<OpenSpan>>;

impl TestTracer {
    /// The spans that have started and not finished, in the order of their starts. Panics if the tracer is one of
    /// [`new`](Self::new) or [`with_sampler`](Self::with_sampler), which do not know them.
    #[track_caller]
    pub fn open_spans(&self) -> Vec<OpenSpan> {
        self.assert_that_it_knows();
        OpenSpan::of(self.tracer())
    }

    /// Blocks this thread until no span of this tracer is open. Panics with a list of the open spans if that takes longer, and
    /// as [`open_spans`](Self::open_spans) does.
    ///
    /// A task whose span has not started yet is not waited for: bind it with [`in_active_span`](crate::in_active_span) or
    /// [`in_span`](crate::TraceFutureExt::in_span), or wait for its [span](Self::wait_for_span). In a runtime with one thread,
    /// use [`settled`](Self::settled), because the tasks cannot run meanwhile.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use fedtrace::testing::{TestTracer, assert_trace};
    ///
    /// # if !cfg!(feature = "enable") { return; }
    /// let test = TestTracer::builder().build();
    /// fedtrace::with_tracer(test.tracer(), || {
    ///     let span = fedtrace::build_span("index").start();
    ///     std::thread::spawn(move || span.finish());
    /// });
    /// test.wait_until_settled(Duration::from_secs(10));
    /// assert_trace!(test, { "index" });
    /// ```
    #[track_caller]
    pub fn wait_until_settled(&self, timeout: Duration) {
        self.assert_that_it_knows();
        check(wait(self.tracer(), timeout), timeout);
    }

    /// Like [`wait_until_settled`](Self::wait_until_settled), without blocking the thread of an async runtime. It works with any
    /// runtime, and by the real clock.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use std::time::Duration;
    ///
    /// use fedtrace::TraceFutureExt as _;
    /// use fedtrace::testing::{TestTracer, assert_trace};
    ///
    /// # if !cfg!(feature = "enable") { return; }
    /// let test = TestTracer::builder().build();
    /// let span = fedtrace::build_span("index").tracer(test.tracer()).start();
    /// tokio::spawn(async { tokio::task::yield_now().await }.in_span(span));
    /// test.settled(Duration::from_secs(10)).await;
    /// assert_trace!(test, { "index" });
    /// # }
    /// ```
    #[track_caller]
    #[allow(clippy::panic)]
    pub fn settled(&self, timeout: Duration) -> impl Future<Output = ()> {
        self.assert_that_it_knows();
        let caller = Location::caller();
        async move {
            let tracer = self.tracer().clone();
            let waited = wait_on_thread(move || wait(&tracer, timeout)).await;
            if let Err(open) = waited.unwrap_or_else(|| Err(OpenSpan::of(self.tracer()))) {
                // A poll is called from anywhere, so the place of the panic says nothing about the test.
                let when = format!("after {timeout:?}, waited for at {caller}");
                panic!("{}", still_open(&open, &when));
            }
        }
    }

    /// Blocks this thread until a span of this name has finished, and returns the first one. Panics with the finished and the
    /// open spans if that takes longer.
    #[track_caller]
    pub fn wait_for_span(&self, operation_name: &str, timeout: Duration) -> FinishedSpan {
        self.assert_that_it_knows();
        let look = || {
            let finished = self.finished_spans();
            finished
                .into_iter()
                .find(|span| span.operation_name == operation_name)
        };
        let open = self.tracer().inner().open_spans();
        match open.and_then(|open| open.wait_until(timeout, look)) {
            Some(span) => span,
            None => self.refuse_to_wait(operation_name, timeout),
        }
    }

    #[track_caller]
    #[allow(clippy::panic)]
    fn refuse_to_wait(&self, operation_name: &str, timeout: Duration) -> ! {
        panic!(
            "no span {operation_name:?} has finished within {timeout:?}; finished:\n{}open:{}",
            self.tree(),
            lines(&OpenSpan::of(self.tracer()))
        )
    }

    #[track_caller]
    fn assert_that_it_knows(&self) {
        // Without the feature `enable` there are no spans.
        assert!(
            self.tracer().inner().open_spans().is_some(),
            "this tracer does not know its open spans; make it with `TestTracer::builder()`"
        );
    }
}

fn wait(tracer: &Tracer, timeout: Duration) -> Waited {
    let Some(open) = tracer.inner().open_spans() else {
        return Ok(());
    };
    let settled = open.wait_until(timeout, || open.list().is_empty().then_some(()));
    settled.ok_or_else(|| OpenSpan::of(tracer))
}

#[track_caller]
#[allow(clippy::panic)]
fn check(waited: Waited, timeout: Duration) {
    if let Err(open) = waited {
        panic!("{}", still_open(&open, &format!("after {timeout:?}")));
    }
}
