//! What fedtrace does itself, seen by the layer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fedtrace::reporter::{MemoryReporter, Process, Report, Reporter, Spans};
use fedtrace::{Tracer, tracing_layer};
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// Works as a client does that is instrumented itself.
struct Instrumented {
    dispatch: Dispatch,
    spans: MemoryReporter,
    has_run: Arc<AtomicBool>,
}

impl Reporter for Instrumented {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        self.has_run.store(true, Ordering::Relaxed);
        tracing::dispatcher::with_default(&self.dispatch, || {
            let _request = info_span!("request of the reporter").entered();
            let _connection = info_span!("connection").entered();
            info!("connected");
        });
        self.spans.report(process, spans)
    }
}

#[test]
fn what_a_reporter_does_is_in_no_trace() {
    let spans = MemoryReporter::new();
    let has_run = Arc::new(AtomicBool::new(false));
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(tracing_layer()));
    let reporter = Instrumented {
        dispatch: dispatch.clone(),
        spans: spans.clone(),
        has_run: has_run.clone(),
    };
    let (tracer, guard) = Tracer::builder("test").reporter(reporter).build().unwrap();
    fedtrace::with_tracer(&tracer, || {
        tracing::dispatcher::with_default(&dispatch, || drop(info_span!("span").entered()));
    });
    for _ in 0..2 {
        guard.flush(Duration::from_secs(10)).unwrap();
    }
    assert!(has_run.load(Ordering::Relaxed));
    let names: Vec<_> = spans
        .finished_spans()
        .iter()
        .map(|span| span.operation_name.to_string())
        .collect();
    assert_eq!(names, ["span"]);
}
