//! The traces page of a program.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::guard::Guard;
use super::service::TracesService;
use super::store::Store;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::tracer::core::{Tracer, WeakTracer};
use crate::tracer::watcher::Watcher;
use crate::util::lock::lock;

/// The bytes that traces may take.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The traces of one or more tracers of this process, for a page that shows them.
///
/// The page shows which spans are open now, how long the requests of each operation took, which were slowest and which
/// failed, and each of these with its whole trace. It sees what the tracer reports. With a sampler that rejects most traces,
/// turn [`Keep`](crate::Keep) on: then the page counts all requests, and has the slow and the failed ones.
///
/// Clones share their traces. They take 16 MiB at most. While a tracer is watched, each of its spans has a record that other
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
pub struct Traces(Arc<Shared>);

struct Shared {
    store: Mutex<Store>,
    tracers: Mutex<Vec<WeakTracer>>,
}

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
        Self(Arc::new(Shared {
            store: Mutex::new(Store::new(bytes)),
            tracers: Mutex::new(Vec::new()),
        }))
    }

    /// Shows the spans of this tracer too, from now on and for as long as it runs. After a fork, call it again in the
    /// child process.
    #[must_use]
    pub fn watch(self, tracer: &Tracer) -> Self {
        let mut tracers = lock(&self.0.tracers);
        let mut watched = tracers.iter().filter_map(WeakTracer::upgrade);
        if !watched.any(|watched| watched.is_same(tracer)) {
            tracers.push(tracer.downgrade());
            tracer.inner().watch(Arc::clone(&self.0) as Arc<dyn Watcher>);
        }
        drop(tracers);
        self
    }

    /// The page as a service for a route of a server, such as with `nest_service` of axum. It answers nobody until it has
    /// a guard: [`loopback_only`](TracesService::loopback_only), or one [of your own](TracesService::guard).
    pub fn service(&self) -> TracesService {
        TracesService::new(self.clone(), Guard::Nobody)
    }

    pub(super) fn with_store<R>(&self, read: impl FnOnce(&Store) -> R) -> R {
        read(&lock(&self.0.store))
    }

    /// The open spans with their duration so far, each with the service that it is of. The oldest come first.
    pub(super) fn live(&self) -> Vec<(Arc<Process>, FinishedSpan)> {
        let tracers: Vec<Tracer> = {
            let mut tracers = lock(&self.0.tracers);
            tracers.retain(|tracer| tracer.upgrade().is_some());
            tracers.iter().filter_map(WeakTracer::upgrade).collect()
        };
        let mut live = Vec::new();
        for tracer in tracers {
            let process = Arc::new(Process::new(tracer.service_name(), Vec::new()));
            let inner = tracer.inner();
            let open = inner.open_spans();
            let spans = open
                .map(|open| open.so_far(inner.bounds.name()))
                .unwrap_or_default();
            live.extend(spans.into_iter().map(|span| (Arc::clone(&process), span)));
        }
        live.sort_by_key(|(_, span)| span.start_time);
        live
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.with_store(|store| store.bytes);
        f.debug_struct("Traces")
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

impl Watcher for Shared {
    fn see(&self, process: &Process, spans: Spans<'_>) {
        lock(&self.store).add(process, spans);
    }

    fn see_thrown_away(&self, process: &Process, root: SpanView<'_>) {
        lock(&self.store).count(process, root);
    }
}
