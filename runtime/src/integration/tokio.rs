//! Tokio tasks that run in the span of their spawner.

use std::borrow::Cow;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use crate::span::future::background::run_as_background_process;
use crate::span::future::in_span::{TraceFutureExt, in_active_span};

/// Spawns a task on the current Tokio runtime, which runs in the currently active span.
///
/// It is short for `tokio::spawn(future.in_active_span())`. For a task that the request does not wait for,
/// consider [`run_as_background_process`](crate::run_as_background_process).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let _ = fedtrace::tokio::spawn(async { fedtrace::trace_id() }).await;
/// # }
/// ```
///
/// # Panics
///
/// Like `tokio::spawn`, if called outside of a Tokio runtime.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future.in_active_span())
}

/// Runs blocking work on a thread of the current Tokio runtime, in the currently active span.
///
/// It is short for `tokio::task::spawn_blocking(in_active_span(work))`.
///
/// # Panics
///
/// Like `tokio::task::spawn_blocking`, if called outside of a Tokio runtime.
pub fn spawn_blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    tokio::task::spawn_blocking(in_active_span(work))
}

/// Spawns tasks of a [`JoinSet`] in the currently active span.
///
/// ```
/// use fedtrace::tokio::JoinSetExt as _;
///
/// # async fn ask(server: &'static str) {}
/// async fn ask_all(servers: [&'static str; 2]) {
///     let mut tasks = tokio::task::JoinSet::new();
///     for server in servers {
///         tasks.spawn_in_active_span(ask(server));
///     }
///     tasks.join_all().await;
/// }
/// ```
pub trait JoinSetExt<T> {
    /// Spawns a task of the set, which runs in the currently active span.
    ///
    /// # Panics
    ///
    /// Like [`JoinSet::spawn`], if called outside of a Tokio runtime.
    fn spawn_in_active_span(&mut self, task: impl Future<Output = T> + Send + 'static) -> AbortHandle;
}

impl<T: Send + 'static> JoinSetExt<T> for JoinSet<T> {
    fn spawn_in_active_span(&mut self, task: impl Future<Output = T> + Send + 'static) -> AbortHandle {
        self.spawn(task.in_active_span())
    }
}

/// Does work once in each period, for ever, and gives each turn a trace of its own: a
/// [background process](run_as_background_process) with the span `bgproc.{name}`.
///
/// A span around the whole loop would never end, and its trace would grow for ever. The first turn is now. A turn that takes longer
/// than the period delays the next one. Drop the future to stop the loop; spawn it for one that runs beside others.
///
/// ```
/// use std::time::Duration;
///
/// # async fn prune() {}
/// # async fn start() {
/// tokio::spawn(fedtrace::tokio::every(Duration::from_secs(60), "prune", prune));
/// # }
/// ```
///
/// # Panics
///
/// If the period is zero, or outside of a Tokio runtime with a timer. A turn that panics ends the loop.
pub async fn every<F: Future>(
    period: Duration,
    name: impl Into<Cow<'static, str>>,
    mut work: impl FnMut() -> F,
) {
    let name = name.into();
    let mut turns = interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        // A turn belongs to no request, also if one has started the loop.
        let turn = async { run_as_background_process(name.clone(), async { work().await }).await };
        turn.without_active_span().await;
    }
}
