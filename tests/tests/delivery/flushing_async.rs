//! Flushing and shutting down from async code: the runtime goes on meanwhile, whichever it is.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::{Tracer, TracerGuard, start_active_span, with_tracer};

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for a word before each report.
struct Stuck(Receiver<()>);

impl Reporter for Stuck {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        let _ = self.0.recv();
        Report::sent(spans.len() as u64)
    }
}

fn stuck() -> (Tracer, TracerGuard, Sender<()>) {
    let (go_on, word) = mpsc::channel();
    let (tracer, guard) = Tracer::builder("stuck").reporter(Stuck(word)).build().unwrap();
    with_tracer(&tracer, || drop(start_active_span("span")));
    (tracer, guard, go_on)
}

#[tokio::test(flavor = "current_thread")]
async fn a_flush_waits_for_the_reporter_and_the_runtime_does_not() {
    let (tracer, guard, go_on) = stuck();
    let flush = guard.flush_async(PATIENCE);
    // On the only thread of the runtime, while the flush is under way.
    let others = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(tracer.stats().reported_spans, 0);
        go_on.send(()).unwrap();
    };
    let (flushed, ()) = tokio::join!(flush, others);
    assert_eq!(flushed, Ok(()));
    assert_eq!(tracer.stats().reported_spans, 1);
}

#[tokio::test(flavor = "current_thread")]
async fn a_shutdown_waits_for_the_reporter_and_the_runtime_does_not() {
    let (tracer, guard, go_on) = stuck();
    let shutdown = guard.shutdown_async(PATIENCE);
    let others = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!tracer.is_enabled());
        go_on.send(()).unwrap();
    };
    let (stopped, ()) = tokio::join!(shutdown, others);
    assert_eq!(stopped, Ok(()));
    assert_eq!(tracer.stats().reported_spans, 1);
}

#[test]
fn a_flush_that_takes_too_long_says_so_on_any_runtime() {
    let (tracer, guard, go_on) = stuck();
    let flushed = futures::executor::block_on(guard.flush_async(Duration::from_millis(5)));
    assert!(flushed.is_err());
    go_on.send(()).unwrap();
    assert_eq!(
        futures::executor::block_on(guard.shutdown_async(PATIENCE)),
        Ok(())
    );
    assert_eq!(tracer.stats().reported_spans, 1);
}

#[test]
fn what_was_asked_is_done_also_if_nobody_waits_for_it() {
    let (tracer, guard, go_on) = stuck();
    drop(guard.shutdown_async(PATIENCE));
    go_on.send(()).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    while tracer.stats().reported_spans == 0 {
        assert!(std::time::Instant::now() < deadline);
        std::thread::yield_now();
    }
}

#[test]
fn a_guard_of_nothing_has_nothing_to_wait_for() {
    let guard = TracerGuard::noop();
    assert_eq!(
        futures::executor::block_on(guard.flush_async(Duration::ZERO)),
        Ok(())
    );
    assert_eq!(
        futures::executor::block_on(guard.shutdown_async(Duration::ZERO)),
        Ok(())
    );
}
