use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::fork;
use super::fork::CurrentWork;
use super::handle::Work;
use super::wait::elsewhere;
use crate::model::error::init::InitError;
use crate::model::tag::Tag;
use crate::reporter::report::Reporter;
use crate::span::stack;
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::util::diagnostics;

/// How long dropping a guard waits for the last spans.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps a tracer running: owns the thread that reports its spans.
///
/// Keep it until the end of `main`. Dropping it reports what is finished, for up to five seconds, and stops the
/// tracer; spans that finish later are lost and counted.
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
    work: CurrentWork,
}

impl TracerGuard {
    /// A guard of nothing, to go with [`Tracer::noop`].
    pub fn noop() -> Self {
        Self(None)
    }

    pub(crate) fn start(
        tracer: Tracer,
        process_tags: Vec<Tag>,
        reporter: Box<dyn Reporter>,
        interval: Duration,
    ) -> Result<Self, InitError> {
        // In the child process of a fork, what is the parent's ends before.
        activity::begin_anew_in_child();
        let reporter = Arc::new(Mutex::new(reporter));
        let work = Work::start(&tracer, process_tags, reporter, interval).map_err(InitError::Worker)?;
        let work = CurrentWork::new(ArcSwapOption::new(Some(work)));
        fork::watch(&tracer, Arc::clone(&work));
        tracer.inner().switch.start();
        Ok(Self(Some(Running { tracer, work })))
    }

    /// Reports all spans that are finished, and waits for it.
    ///
    /// Spans that other threads have finished are included once those threads have left their outermost span.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time; it goes on nevertheless.
    pub fn flush(&self, timeout: Duration) -> Result<(), TimeoutError> {
        let Some((tracer, work)) = self.running() else {
            return Ok(());
        };
        stack::with(|local| local.hand_over());
        let flushed = work.requests().flush(tracer, timeout);
        flushed.then_some(()).ok_or(TimeoutError(()))
    }

    /// Reports all spans that are finished and stops the tracer.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time; the worker then stops when it can.
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), TimeoutError> {
        self.stop(timeout)
    }

    /// As [`flush`](Self::flush), without blocking the thread of an async runtime, whichever it is.
    ///
    /// It begins with the call. To drop the future does not end it.
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
    /// [`TimeoutError`] if it is not done in time, or the system has no thread on which to wait; it goes on
    /// nevertheless.
    pub fn flush_async(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), TimeoutError>> + Send + use<> {
        let waiting = self.running().map(|(tracer, work)| {
            stack::with(|local| local.hand_over());
            let tracer = tracer.clone();
            elsewhere(move || work.requests().flush(&tracer, timeout))
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

    /// As [`shutdown`](Self::shutdown), without blocking the thread of an async runtime, whichever it is.
    ///
    /// It begins with the call. To drop the future does not end it.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if it is not done in time; the worker then stops when it can.
    pub fn shutdown_async(
        mut self,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), TimeoutError>> + Send + use<> {
        stack::with(|local| local.hand_over());
        let waiting = self.0.is_some().then(|| elsewhere(move || self.stop(timeout)));
        async move {
            match waiting {
                Some(waiting) => waiting.await.unwrap_or(Err(TimeoutError(()))),
                None => Ok(()),
            }
        }
    }

    fn stop(&mut self, timeout: Duration) -> Result<(), TimeoutError> {
        let Some((tracer, work)) = self.running() else {
            return Ok(());
        };
        let tracer = tracer.clone();
        stack::with(|local| local.hand_over());
        tracer.inner().close();
        tracer.inner().queue.wake_worker();
        self.0 = None;
        if !work.requests().wait_for_end(timeout) {
            return Err(TimeoutError(()));
        }
        // It has nothing left to do. Joining it makes sure that its thread-locals are gone too.
        if work.take_thread().is_some_and(|thread| thread.join().is_err()) {
            diagnostics::warn(format_args!("the worker thread panicked"));
        }
        Ok(())
    }

    /// The tracer and its worker. After a fork it is another worker, or none.
    fn running(&self) -> Option<(&Tracer, Arc<Work>)> {
        activity::begin_anew_in_child();
        let Running { tracer, work } = self.0.as_ref()?;
        Some((tracer, work.load_full()?))
    }
}

impl Drop for TracerGuard {
    fn drop(&mut self) {
        if self.stop(DROP_TIMEOUT).is_err() {
            diagnostics::warn(format_args!(
                "spans were not reported within {DROP_TIMEOUT:?} of shutting down"
            ));
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

/// Something took longer than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutError(pub(crate) ());

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the spans were not reported in time")
    }
}

impl std::error::Error for TimeoutError {}
