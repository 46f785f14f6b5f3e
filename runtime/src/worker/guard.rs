//! The guard that keeps a tracer running.

use std::fmt;
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::fork::child::{self, CurrentWorker};
use super::handle::WorkerHandle;
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
/// reports the finished spans, for up to five seconds, and stops the tracer. Spans that finish later are lost and
/// counted. A guard that is dropped before the first span of its tracer is logged once.
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
        flushed.then_some(()).ok_or(TimeoutError(()))
    }

    /// Reports all finished spans and stops the tracer.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time; the worker then stops later.
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), TimeoutError> {
        self.stop(timeout)
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
            let tracer = tracer.clone();
            wait_on_thread(move || worker.requests().flush(&tracer, timeout))
        });
        async move {
            match waiting {
                Some(waiting) => waiting
                    .await
                    .unwrap_or(false)
                    .then_some(())
                    .ok_or(TimeoutError(())),
                None => Ok(()),
            }
        }
    }

    /// Like [`shutdown`](Self::shutdown), without blocking the thread of an async runtime. It works with any
    /// runtime.
    ///
    /// It begins with the call, not with the first poll. Dropping the future does not stop it.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time; the worker then stops later.
    pub fn shutdown_async(
        mut self,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), TimeoutError>> + Send + use<> {
        stack::with(|local| local.hand_over());
        let waiting = self
            .0
            .is_some()
            .then(|| wait_on_thread(move || self.stop(timeout)));
        async move {
            match waiting {
                Some(waiting) => waiting.await.unwrap_or(Err(TimeoutError(()))),
                None => Ok(()),
            }
        }
    }

    fn stop(&mut self, timeout: Duration) -> Result<(), TimeoutError> {
        let Some((tracer, worker)) = self.running() else {
            return Ok(());
        };
        let tracer = tracer.clone();
        stack::with(|local| local.hand_over());
        tracer.inner().close();
        tracer.inner().backlog.wake_worker();
        self.0 = None;
        if !worker.requests().wait_for_end(timeout) {
            return Err(TimeoutError(()));
        }
        // The thread has nothing left to do. Joining it makes sure that its thread-locals are dropped too.
        if worker.take_thread().is_some_and(|thread| thread.join().is_err()) {
            diagnostics::warn(format_args!("the worker thread panicked"));
        }
        Ok(())
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
        if self.stop(DROP_TIMEOUT).is_err() {
            diagnostics::warn(format_args!(
                "spans were not reported within {DROP_TIMEOUT:?} of shutting down"
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
        self.end();
    }
}

impl fmt::Debug for TracerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerGuard")
            .field("running", &self.0.is_some())
            .finish_non_exhaustive()
    }
}

/// The error of an operation that exceeded its timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutError(pub(crate) ());

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the spans were not reported in time")
    }
}

impl std::error::Error for TimeoutError {}
