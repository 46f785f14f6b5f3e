//! What a reporter is told while there are no spans.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::{Tracer, start_active_span, with_tracer};

/// Counts its intervals, and panics in the first.
struct Counts(Arc<AtomicU32>);

impl Reporter for Counts {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(spans.len() as u64)
    }

    fn at_interval(&mut self) {
        assert_ne!(self.0.fetch_add(1, Ordering::Relaxed), 0, "on purpose");
    }
}

#[test]
fn a_reporter_is_called_in_each_interval_without_spans_and_a_panic_ends_nothing() {
    let intervals = Arc::new(AtomicU32::new(0));
    let (tracer, guard) = Tracer::builder("test")
        .reporter(Counts(Arc::clone(&intervals)))
        .flush_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    let start = Instant::now();
    while intervals.load(Ordering::Relaxed) < 3 {
        assert!(start.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(1));
    }
    with_tracer(&tracer, || drop(start_active_span("later")));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let stats = tracer.stats();
    assert_eq!((stats.reported_spans, stats.contained_panics), (1, 1));
}
