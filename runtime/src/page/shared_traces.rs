//! The traces of a page, which its tracers and its service share.

use std::sync::{Arc, Mutex, Weak};

use super::store::Store;
use crate::delivery::batch::Batch;
use crate::delivery::collection::Collection;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::tracer::core::{Tracer, WeakTracer};
use crate::tracer::open_spans::OpenSpans;
use crate::tracer::watcher::Watcher;
use crate::util::lock::lock;

/// The traces of a page, and the tracers that they are of.
pub(super) struct SharedTraces {
    store: Mutex<Store>,
    tracers: Mutex<Vec<WeakTracer>>,
}

impl SharedTraces {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            store: Mutex::new(Store::new(most_bytes)),
            tracers: Mutex::new(Vec::new()),
        }
    }

    /// Adds a tracer. False if it is there already.
    pub(super) fn add(&self, tracer: &Tracer) -> bool {
        let mut tracers = lock(&self.tracers);
        tracers.retain(|tracer| tracer.upgrade().is_some());
        let mut watched = tracers.iter().filter_map(WeakTracer::upgrade);
        if watched.any(|watched| watched.is_same(tracer)) {
            return false;
        }
        tracers.push(tracer.downgrade());
        true
    }

    pub(super) fn with_store<R>(&self, read: impl FnOnce(&Store) -> R) -> R {
        read(&lock(&self.store))
    }

    /// The open spans with their duration so far, each with the service that it is of. The oldest come first.
    pub(super) fn live(&self) -> Vec<(Arc<Process>, FinishedSpan)> {
        let tracers: Vec<Tracer> = lock(&self.tracers)
            .iter()
            .filter_map(WeakTracer::upgrade)
            .collect();
        let mut live = Vec::new();
        for tracer in tracers {
            let process = Arc::new(Process::new(tracer.service_name(), Vec::new()));
            let inner = tracer.inner();
            let open = inner.open_spans();
            let spans = open
                .map(|open| so_far(open, inner.bounds.name()))
                .unwrap_or_default();
            live.extend(spans.into_iter().map(|span| (Arc::clone(&process), span)));
        }
        live.sort_by_key(|(_, span)| span.start_time);
        live
    }
}

/// The open spans of a tracer with their durations so far. Their names are cut to `longest_name` bytes.
fn so_far(open: &OpenSpans, longest_name: usize) -> Vec<FinishedSpan> {
    let mut batch = Batch::new();
    let all = open.all();
    let open = all.iter().filter_map(Weak::upgrade);
    open.for_each(|span| span.add_so_far(&mut batch));
    // One clock for all, so that a child does not seem to start before its parent.
    let mut spans = Collection::new(longest_name);
    spans.clock().refresh();
    spans.add_kept(batch);
    let spans = Spans::from(spans.spans()).iter();
    spans.map(SpanView::to_finished_span).collect()
}

impl Watcher for SharedTraces {
    fn see(&self, process: &Process, spans: Spans<'_>) {
        lock(&self.store).add(process, spans);
    }

    fn see_thrown_away(&self, process: &Process, root: SpanView<'_>) {
        lock(&self.store).count(process, root);
    }
}
