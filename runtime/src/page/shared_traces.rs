//! The traces of a page, which its tracers and its service share.

use std::sync::{Arc, Mutex, Weak};

use super::store::Store;
use crate::delivery::batch::Batch;
use crate::delivery::collection::Collection;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::FinishedSpan;
use crate::model::id::TraceId;
use crate::model::process::Process;
use crate::tracer::core::{Tracer, WeakTracer};
use crate::tracer::open_spans::{OpenSpan, OpenSpans};
use crate::tracer::reporting::Reporting;
use crate::tracer::watcher::Watcher;
use crate::util::lock::lock;
use crate::util::tick::Tick;

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

    /// The spans that have been open for longest, with their duration so far, and how many are open.
    pub(super) fn live(&self) -> (Vec<ShownSpan>, usize) {
        let mut open = self.open_spans();
        let count = open.len();
        open.sort_by_key(|open| open.start);
        open.truncate(MOST_LIVE);
        (so_far(open), count)
    }

    /// The open spans of a trace, and how many more there are.
    pub(super) fn live_of(&self, id: TraceId) -> (Vec<ShownSpan>, usize) {
        let mut open = self.open_spans();
        open.retain(|open| open.trace_id == id);
        let too_many = open.len().saturating_sub(MOST_LIVE);
        open.truncate(MOST_LIVE);
        (so_far(open), too_many)
    }

    /// The finished spans of a trace that the sampler has rejected and that may be kept yet.
    pub(super) fn held_of(&self, id: TraceId) -> Vec<ShownSpan> {
        let keep = |tracer: &Tracer| tracer.inner().keep.is_some();
        let of_tracer = |tracer| {
            shown(&tracer, |batch, reporting| {
                if let Some(held) = &reporting.held {
                    held.copy_to(batch, id);
                }
            })
        };
        self.tracers()
            .into_iter()
            .filter(keep)
            .flat_map(of_tracer)
            .collect()
    }

    fn tracers(&self) -> Vec<Tracer> {
        let tracers = lock(&self.tracers);
        tracers.iter().filter_map(WeakTracer::upgrade).collect()
    }

    /// All spans that may be open. Nothing of them is copied yet, since they may be many.
    fn open_spans(&self) -> Vec<Open> {
        let mut all = Vec::new();
        for tracer in self.tracers() {
            let listed = tracer
                .inner()
                .open_spans()
                .map(OpenSpans::all)
                .unwrap_or_default();
            let open = listed.iter().filter_map(Weak::upgrade);
            all.extend(open.filter_map(|span| {
                let (trace_id, start) = span.place()?;
                Some(Open {
                    tracer: tracer.clone(),
                    trace_id,
                    start,
                    span,
                })
            }));
        }
        all
    }
}

/// The most open spans that are copied for a view.
const MOST_LIVE: usize = 1_000;

/// A span that is not in the store, as it would be reported now, and the service that it is of.
pub(super) type ShownSpan = (Arc<Process>, FinishedSpan);

struct Open {
    tracer: Tracer,
    trace_id: TraceId,
    start: Tick,
    span: Arc<dyn OpenSpan>,
}

/// These spans with their durations so far, the oldest first.
fn so_far(open: Vec<Open>) -> Vec<ShownSpan> {
    let mut live = Vec::new();
    let mut rest = open;
    while let Some(tracer) = rest.first().map(|open| open.tracer.clone()) {
        let (of_tracer, others) = rest.into_iter().partition(|open| open.tracer.is_same(&tracer));
        rest = others;
        let of_tracer: Vec<Open> = of_tracer;
        live.extend(shown(&tracer, |batch, _| {
            of_tracer.iter().for_each(|open| open.span.add_so_far(batch));
        }));
    }
    live.sort_by_key(|(_, span)| span.start_time);
    live
}

/// The spans that are added to a batch, as the worker of the tracer would report them now.
fn shown(tracer: &Tracer, add: impl FnOnce(&mut Batch, &Reporting)) -> Vec<ShownSpan> {
    let Some(reporting) = tracer.inner().reporting.get() else {
        return Vec::new();
    };
    let mut batch = Batch::new();
    add(&mut batch, &reporting);
    let mut spans = Collection::new(tracer.inner().bounds.name());
    // One clock for all, so that a child does not seem to start before its parent.
    *spans.clock() = reporting.clock.up_to_now();
    spans.add_kept(batch);
    let spans = Spans::from(spans.spans()).iter();
    spans
        .map(|span| (Arc::clone(&reporting.process), span.to_finished_span()))
        .collect()
}

impl Watcher for SharedTraces {
    fn see(&self, process: &Process, spans: Spans<'_>) {
        lock(&self.store).add(process, spans);
    }

    fn see_thrown_away(&self, process: &Process, root: SpanView<'_>) {
        lock(&self.store).count(process, root);
    }
}
