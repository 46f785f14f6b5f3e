//! Tasks that go on in the span of their spawner.

use tokio::task::JoinHandle;

use crate::span::future::in_span::TraceFutureExt;

/// Spawns a task on the current Tokio runtime that runs in the span that is active now.
///
/// It is `tokio::spawn(future.in_active_span())`. For a task that the request does not wait for, consider
/// [`run_as_background_process`](crate::run_as_background_process).
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
/// As [`tokio::spawn`], when called outside of a Tokio runtime.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future.in_active_span())
}
