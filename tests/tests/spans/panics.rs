//! Panics: of the traced code, of the reporter and of the sampler.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use fedtrace::reporter::{MemoryReporter, Process, Report, Reporter, Spans};
use fedtrace::sampler::{Decision, Sampler};
use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, Tag, TraceId, Tracer, active_span, build_span, start_active_span, trace, with_tracer,
};

fn panic_in(test: &TestTracer, work: impl FnOnce()) {
    let result = catch_unwind(AssertUnwindSafe(|| with_tracer(test.tracer(), work)));
    assert!(result.is_err(), "it should have panicked");
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn error_logs(span: &FinishedSpan) -> usize {
    let expected = [Tag::new("event", "error"), Tag::new("error.kind", "panic")];
    span.logs.iter().filter(|log| log.fields == expected).count()
}

#[test]
fn a_panic_marks_each_open_span_with_the_error_tag_and_one_log() {
    let test = TestTracer::new();
    panic_in(&test, || {
        let _outer = start_active_span("outer");
        drop(start_active_span("done before"));
        let inner = start_active_span("inner");
        let _handle = inner.span();
        let _built = build_span("built").finish_on_close(false).start_active();
        panic!("on purpose");
    });
    test.tree().with_tags(["error"]).assert_eq(
        "
            outer error=true
              done before
              inner error=true
                built error=true
            ",
    );
    for span in test.finished_spans() {
        let failed = span.operation_name != "done before";
        assert_eq!(error_logs(&span), usize::from(failed), "{}", span.operation_name);
        assert_eq!(span.logs.len(), usize::from(failed));
    }
}

#[test]
fn the_stack_heals_after_a_panic() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _survivor = start_active_span("survivor");
        let result = catch_unwind(|| {
            let _a = start_active_span("a");
            let _b = start_active_span("b");
            panic!("on purpose");
        });
        assert!(result.is_err());
        drop(start_active_span("after"));
    });
    test.tree()
        .with_tags(["error"])
        .assert_eq("survivor\n  a error=true\n    b error=true\n  after");
    assert!(active_span().is_none());
    assert_eq!(test.tracer().stats().out_of_order_closes, 0);
}

#[test]
fn annotated_functions_that_panic_are_marked() {
    #[trace]
    fn outer() {
        inner();
    }
    #[trace]
    fn inner() {
        panic!("on purpose");
    }
    let test = TestTracer::new();
    panic_in(&test, outer);
    test.tree()
        .with_tags(["error"])
        .assert_eq("outer error=true\n  inner error=true");
    assert!(test.finished_spans().iter().all(|span| error_logs(span) == 1));
}

#[test]
fn a_panic_while_a_cancelled_future_is_dropped_marks_its_span() {
    #[trace]
    async fn cancelled() {
        let _panics = PanicsInDrop;
        std::future::pending::<()>().await;
    }
    struct PanicsInDrop;
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            drop(start_active_span("cleanup"));
            panic!("on purpose");
        }
    }
    let test = TestTracer::new();
    panic_in(&test, || {
        let mut future = Box::pin(cancelled());
        assert!(poll_once(future.as_mut()).is_pending());
        drop(future);
    });
    test.tree()
        .with_tags(["error", "cancelled"])
        .assert_eq("cancelled error=true\n  cleanup");
}

#[test]
fn a_future_that_is_cancelled_by_a_panic_elsewhere_is_not_marked_with_it() {
    #[trace]
    async fn cancelled() {
        std::future::pending::<()>().await;
    }
    let test = TestTracer::new();
    panic_in(&test, || {
        let mut future = Box::pin(cancelled());
        assert!(poll_once(future.as_mut()).is_pending());
        panic!("on purpose");
    });
    test.tree()
        .with_tags(["error", "cancelled"])
        .assert_eq("cancelled cancelled=true");
}

struct OpensInDrop(&'static str);

impl Drop for OpensInDrop {
    fn drop(&mut self) {
        let scope = start_active_span(self.0);
        let handle = build_span("handle").start();
        handle.finish();
        drop(scope);
    }
}

#[test]
fn spans_opened_while_unwinding_are_not_marked() {
    let test = TestTracer::new();
    panic_in(&test, || {
        let _root = start_active_span("root");
        let _cleanup = OpensInDrop("cleanup");
        let _inner = start_active_span("inner");
        panic!("on purpose");
    });
    test.tree()
        .with_tags(["error"])
        .assert_eq("root error=true\n  inner error=true\n  cleanup\n    handle");
}

#[test]
fn a_panic_marks_only_what_the_unwinding_leaves_open() {
    let test = TestTracer::new();
    panic_in(&test, || {
        let finished = start_active_span("finished");
        finished.span().finish();
        let unsampled = build_span("unsampled").tag("sampling.priority", 0).start_active();
        let _forced = build_span("forced").start_active();
        fedtrace::force_tracing();
        drop(unsampled);
        panic!("on purpose");
    });
    let names: Vec<_> = test
        .finished_spans()
        .iter()
        .map(|span| (span.operation_name.to_string(), error_logs(span)))
        .collect();
    assert_eq!(names, [("finished".to_owned(), 0), ("forced".to_owned(), 1)]);
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn a_panicking_thread_hands_its_spans_over() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let thread = thread::spawn(move || {
        with_tracer(&tracer, || {
            let _root = start_active_span("root");
            std::mem::forget(start_active_span("forgotten"));
            panic!("on purpose");
        });
    });
    assert!(thread.join().is_err());
    test.tree()
        .with_tags(["error"])
        .assert_eq("root error=true\n  forgotten");
}

struct PanicsWhenTold {
    told: Arc<AtomicBool>,
    kept: MemoryReporter,
}

impl Reporter for PanicsWhenTold {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        assert!(!self.told.load(Ordering::SeqCst), "on purpose");
        self.kept.report(process, spans)
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn a_panicking_reporter_is_contained_and_counted_and_called_again() {
    let (told, kept) = (Arc::new(AtomicBool::new(true)), MemoryReporter::new());
    let reporter = PanicsWhenTold {
        told: Arc::clone(&told),
        kept: kept.clone(),
    };
    let (tracer, guard) = Tracer::builder("test").reporter(reporter).build().unwrap();
    let work = || {
        with_tracer(&tracer, || {
            let _outer = start_active_span("outer");
            drop(start_active_span("inner"));
        });
        guard.flush(PATIENCE).unwrap();
    };
    let counted = || {
        let stats = tracer.stats();
        (
            stats.contained_panics,
            stats.send_failure_spans,
            stats.reported_spans,
        )
    };
    work();
    assert_eq!(counted(), (1, 2, 0));
    told.store(false, Ordering::SeqCst);
    work();
    assert_eq!(counted(), (1, 2, 2));
    assert_eq!(kept.len(), 2);
    guard.shutdown(PATIENCE).unwrap();
}

struct PanicsInDrop;

impl Reporter for PanicsInDrop {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        Report::sent(spans.len() as u64)
    }
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

#[test]
fn a_reporter_that_panics_when_dropped_does_not_keep_the_shutdown_from_ending() {
    let (tracer, guard) = Tracer::builder("test").reporter(PanicsInDrop).build().unwrap();
    with_tracer(&tracer, || drop(start_active_span("op")));
    guard.shutdown(PATIENCE).unwrap();
    assert_eq!(tracer.stats().reported_spans, 1);
}

struct PanickingSampler;

impl Sampler for PanickingSampler {
    fn sample(&self, _: TraceId, operation: &str) -> Decision {
        assert!(operation == "fine", "on purpose");
        Decision::record()
    }
}

#[test]
fn a_panicking_sampler_is_contained_and_counted_and_the_trace_not_recorded() {
    let test = TestTracer::with_sampler(PanickingSampler);
    with_tracer(test.tracer(), || {
        let scope = start_active_span("bad");
        assert!(!scope.span().context().unwrap().is_sampled());
        drop(start_active_span("child"));
        drop(scope);
        drop(start_active_span("fine"));
        build_span("bad").start().finish();
    });
    test.tree().assert_eq("fine");
    assert_eq!(test.tracer().stats().contained_panics, 2);
}
