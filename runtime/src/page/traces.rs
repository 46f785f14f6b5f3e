//! The traces page of a program.

use std::fmt;
use std::sync::Arc;

use super::guard::Guard;
use super::service::TracesService;
use super::shared_traces::SharedTraces;
use crate::tracer::core::Tracer;
use crate::tracer::watcher::Watcher;

/// The bytes that traces may take.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The traces of one or more tracers of this process, for a page that shows them.
///
/// The page shows which spans are open now, how long the requests of each operation took, which were slowest and which
/// failed, and each of these with its whole trace. It sees what the tracer reports. With a sampler that rejects most traces,
/// turn [`Keep`](crate::Keep) on: then the page counts all requests, and has the slow and the failed ones.
///
/// Clones and services share their traces, which go with the last of them. The spans take 16 MiB at most; what the lists show of
/// at most 500 operations is less. As long as a watched tracer runs, each of its spans has a record that other
/// threads can read, which makes a span several times as expensive; the page says what its own work costs.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::page::Traces;
///
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").build()?;
/// let traces = Traces::new().watch(&tracer);
/// let app: axum::Router = axum::Router::new()
///     .nest_service("/_fedtrace", traces.service().loopback_only());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Traces(Arc<SharedTraces>);

impl Default for Traces {
    fn default() -> Self {
        Self::new()
    }
}

impl Traces {
    /// No traces yet.
    pub fn new() -> Self {
        Self::with_max_bytes(MOST_BYTES)
    }

    /// No traces yet, which may take about so many bytes. Traces of which nothing is listed go first, then the oldest.
    pub fn with_max_bytes(bytes: usize) -> Self {
        Self(Arc::new(SharedTraces::new(bytes)))
    }

    /// Shows the spans of this tracer too, from now on and for as long as it runs. After a fork, make a new page in the child
    /// process.
    #[must_use]
    pub fn watch(self, tracer: &Tracer) -> Self {
        if self.0.add(tracer) {
            let traces: Arc<dyn Watcher> = Arc::clone(&self.0) as _;
            tracer.inner().watch(Arc::downgrade(&traces));
        }
        self
    }

    /// The page as a service for a route of a server, such as with `nest_service` of axum. It answers nobody until it has
    /// a guard: [`loopback_only`](TracesService::loopback_only), or one [of your own](TracesService::guard).
    pub fn service(&self) -> TracesService {
        TracesService::new(Arc::clone(&self.0), Guard::Nobody)
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.with_store(|store| store.bytes);
        f.debug_struct("Traces")
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}
