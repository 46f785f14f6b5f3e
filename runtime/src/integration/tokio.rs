//! Tokio tasks that run in the span of their spawner.

use tokio::task::JoinHandle;

use crate::span::future::in_span::TraceFutureExt;

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
