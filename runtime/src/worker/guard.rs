//! The guard that keeps a tracer running.

use std::fmt;
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::fork::child::{self, CurrentWorker};
use super::handle::WorkerHandle;
use super::open_spans::{OpenSpans, warn_of};
use super::timeout_error::TimeoutError;
use super::wait::wait_on_thread;
use crate::model::error::init::InitError;
use crate::model::tag::Tag;
use crate::reporter::report::Reporter;
use crate::span::stack;
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::util::diagnostics;

/// How long dropping a guard waits for the last spans.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps a tracer running. It owns the thread that reports the tracer's spans.
///
/// Keep it until the end of `main`, in a variable with a name: `let _ = …` drops it in the same line. Dropping it
/// reports the finished spans, for up to five seconds, and stops the tracer. It waits for no open span: spans that finish
/// later are lost, counted, and logged as a warning. [`shutdown`](Self::shutdown) and, in async code,
/// [`shutdown_async`](Self::shutdown_async) wait for them. A guard that is dropped before the first span of its tracer is logged once.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let (tracer, guard) = fedtrace::Tracer::builder("example").build()?;
/// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
/// guard.shutdown(std::time::Duration::from_secs(1)).expect("the spans were sent in time");
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the guard stops the tracer"]
pub struct TracerGuard(Option<Running>);

struct Running {
    tracer: Tracer,
    worker: CurrentWorker,
    /// The generation of the process at the start.
    generation: usize,
}

impl TracerGuard {
    /// A guard without a tracer, for [`Tracer::noop`].
    pub fn noop() -> Self {
        Self(None)
    }

    pub(crate) fn start(
        tracer: Tracer,
        process_tags: Vec<Tag>,
        reporter: Box<dyn Reporter>,
        interval: Duration,
    ) -> Result<Self, InitError> {
        // In the child process of a fork, the parent's spans are discarded first.
        activity::resume_if_forked();
        let reporter = Arc::new(Mutex::new(reporter));
        let worker =
            WorkerHandle::start(&tracer, process_tags, reporter, interval).map_err(InitError::Worker)?;
        let worker = CurrentWorker::new(ArcSwapOption::new(Some(worker)));
        child::watch(&tracer, Arc::clone(&worker));
        tracer.inner().switch.start();
        let generation = activity::generation();
        Ok(Self(Some(Running {
            tracer,
            worker,
            generation,
        })))
    }

    /// Reports all finished spans, and waits until that is done.
    ///
    /// Finished spans of other threads are included only after those threads have left their outermost span.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time; reporting continues in the background.
    pub fn flush(&self, timeout: Duration) -> Result<(), TimeoutError> {
        let Some((tracer, worker)) = self.running() else {
            return Ok(());
        };
        stack::with(|local| local.hand_over());
        let flushed = worker.requests().flush(tracer, timeout);
        flushed
            .then_some(())
            .ok_or_else(|| TimeoutError::unreported(tracer))
    }

    /// Waits for the open spans of other threads and tasks, reports all finished spans and stops the tracer.
    ///
    /// From the call on, no trace begins; spans below open ones still start. Spans that are open around the call are not
    /// waited for. A quarter of the timeout, and a second at most, is kept for the report. What is still open
    /// then is lost when it ends, counted in [`Stats::after_close_spans`](crate::Stats::after_close_spans), and logged as
    /// a warning.
    ///
    /// It blocks. On the only thread of a runtime, its tasks cannot end their spans meanwhile: use
    /// [`shutdown_async`](Self::shutdown_async) there.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if spans were left open, or the reporter was not done in time; the worker then stops later.
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), TimeoutError> {
        let open = self.begin_end(timeout);
        open.map_or(Ok(()), |open| self.end_after(&open, timeout))
    }

    /// Like [`flush`](Self::flush), without blocking the thread of an async runtime. It works with any
    /// runtime.
    ///
    /// It begins with the call, not with the first poll. Dropping the future does not stop it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), fedtrace::InitError> {
    /// let (tracer, guard) = fedtrace::Tracer::builder("example").build()?;
    /// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    /// guard.flush_async(std::time::Duration::from_secs(1)).await.expect("the spans were sent in time");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time, or if a thread to wait on cannot be started; reporting
    /// continues in the background.
    pub fn flush_async(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), TimeoutError>> + Send + use<> {
        let waiting = self.running().map(|(tracer, worker)| {
            stack::with(|local| local.hand_over());
            let (tracer, flushed) = (tracer.clone(), tracer.clone());
            let waiting = wait_on_thread(move || worker.requests().flush(&flushed, timeout));
            (tracer, waiting)
        });
        async move {
            match waiting {
                Some((tracer, waiting)) => waiting
                    .await
                    .unwrap_or(false)
                    .then_some(())
                    .ok_or_else(|| TimeoutError::unreported(&tracer)),
                None => Ok(()),
            }
        }
    }

    /// Like [`shutdown`](Self::shutdown), without blocking the thread of an async runtime: tasks end their spans
    /// meanwhile. It works with any runtime.
    ///
    /// It begins with the call, not with the first poll. Dropping the future does not stop it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), fedtrace::InitError> {
    /// use fedtrace::TraceFutureExt as _;
    ///
    /// let (tracer, guard) = fedtrace::Tracer::builder("example").build()?;
    /// let span = fedtrace::build_span("request").tracer(&tracer).start();
    /// tokio::spawn(async { tokio::task::yield_now().await }.in_span(span));
    /// if let Err(error) = guard.shutdown_async(std::time::Duration::from_secs(5)).await {
    ///     eprintln!("{} spans were left open", error.open_spans());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if spans were left open, or the reporter was not done in time; the worker then stops later.
    pub fn shutdown_async(
        mut self,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), TimeoutError>> + Send + use<> {
        let open = self.begin_end(timeout);
        let waiting = open.map(|open| {
            let tracer = open.tracer().clone();
            (tracer, wait_on_thread(move || self.end_after(&open, timeout)))
        });
        async move {
            match waiting {
                Some((tracer, waiting)) => waiting
                    .await
                    .unwrap_or_else(|| Err(TimeoutError::unreported(&tracer))),
                None => Ok(()),
            }
        }
    }

    /// Begins to end the tracer. `None` if there is none.
    fn begin_end(&self, timeout: Duration) -> Option<OpenSpans> {
        let (tracer, _) = self.running()?;
        let around = stack::with(|local| local.open_spans_of(tracer)).unwrap_or(0);
        Some(OpenSpans::begin_end(tracer, around, timeout))
    }

    fn end_after(&mut self, open: &OpenSpans, timeout: Duration) -> Result<(), TimeoutError> {
        let started = Instant::now();
        let left_open = open.wait();
        let is_reported = self.stop(timeout.saturating_sub(started.elapsed()));
        warn_of(left_open, open.tracer());
        TimeoutError::of_shutdown(open.tracer(), left_open, is_reported)
    }

    /// Returns whether all finished spans were reported in time.
    fn stop(&mut self, timeout: Duration) -> bool {
        let Some((tracer, worker)) = self.running() else {
            return true;
        };
        let tracer = tracer.clone();
        stack::with(|local| local.hand_over());
        tracer.inner().close();
        tracer.inner().backlog.wake_worker();
        self.0 = None;
        if !worker.requests().wait_for_end(timeout) {
            return false;
        }
        // The thread has nothing left to do. Joining it makes sure that its thread-locals are dropped too.
        if worker.take_thread().is_some_and(|thread| thread.join().is_err()) {
            diagnostics::warn(format_args!("the worker thread panicked"));
        }
        true
    }

    /// The tracer and its current worker. In a child process that is another worker, or none.
    fn running(&self) -> Option<(&Tracer, Arc<WorkerHandle>)> {
        activity::resume_if_forked();
        let Running { tracer, worker, .. } = self.0.as_ref()?;
        Some((tracer, worker.load_full()?))
    }
}

impl TracerGuard {
    /// Does what dropping does, for a tracer that may well have had no span.
    pub(crate) fn end(&mut self) {
        let tracer = self.running().map(|(tracer, _)| tracer.clone());
        if self.stop(DROP_TIMEOUT) {
            return;
        }
        if let Some(tracer) = tracer {
            diagnostics::warn(format_args!(
                "the tracer of \"{}\" was given up {DROP_TIMEOUT:?} after its guard was dropped, because its reporter was not \
                 done; does the agent or collector answer? Spans that were not reported: {}",
                tracer.service_name(),
                tracer.inner().counted().queued_spans
            ));
        }
    }

    /// Says once what `let _ = init_tracer(…)` does: the compiler does not warn of it.
    fn warn_if_unused(&self) {
        static WARNED: Once = Once::new();
        activity::resume_if_forked();
        let is_unused = |running: &Running| {
            // In a copy of the process, the counters began again.
            let is_original = running.generation == activity::generation();
            is_original && running.tracer.inner().has_started_nothing()
        };
        if self.0.as_ref().is_some_and(is_unused) && !thread::panicking() {
            WARNED.call_once(|| {
                diagnostics::warn(format_args!(
                    "a tracer was stopped before its first span, because its guard was dropped; if this is not the \
                     end of the program, keep the guard: write `let _guard = …`, not `let _ = …`"
                ));
            });
        }
    }
}

impl Drop for TracerGuard {
    fn drop(&mut self) {
        self.warn_if_unused();
        // A drop is often on a thread of a runtime, so it waits for nobody's span.
        let left = self.begin_end(Duration::ZERO).filter(|_| !thread::panicking());
        self.end();
        if let Some(left) = left {
            warn_of(left.count(), left.tracer());
        }
    }
}

impl fmt::Debug for TracerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerGuard")
            .field("running", &self.0.is_some())
            .finish_non_exhaustive()
    }
}
