//! A tracer that is turned off and on again while the program runs.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, Origin, TraceFutureExt, Tracer, build_span, extract, inject, set_tag, start_active_span,
    trace, trace_id, with_tracer,
};
use fedtrace_tests::{alone, pause, poll_once};

#[test]
fn a_tracer_that_is_turned_off_starts_no_spans_until_it_is_turned_on() {
    alone(|| {
        let test = TestTracer::new();
        let tracer = test.tracer();
        with_tracer(tracer, || {
            assert!(tracer.is_enabled());
            let open = start_active_span("open");
            let handle = build_span("handle").start();
            let mut future = std::pin::pin!(pause().in_span(build_span("future").start()));
            poll_once(future.as_mut());
            tracer.set_enabled(false);
            tracer.set_enabled(false);
            assert!(!tracer.is_enabled());

            let child = start_active_span("child");
            assert!(child.span().context().is_none());
            drop(child);
            set_tag("lost", true);
            let remote = extract(
                &HashMap::from([("uber-trace-id".to_owned(), "1:2:0:1".to_owned())]),
                Origin::Internal,
            );
            drop(build_span("remote child").child_of(remote).start_active());
            let mut headers = HashMap::from([("uber-trace-id".to_owned(), "3:4:0:1".to_owned())]);
            inject(&mut headers, Destination::Internal);
            assert!(!headers.contains_key("uber-trace-id"), "{headers:?}");

            poll_once(future.as_mut());
            handle.finish();
            drop(open);
            drop(start_active_span("off"));

            tracer.set_enabled(true);
            assert!(tracer.is_enabled());
            assert!(trace_id().is_none());
            drop(start_active_span("on again"));
        });
        let spans = test.finished_spans();
        let mut names: Vec<_> = spans.iter().map(|span| span.operation_name.as_ref()).collect();
        names.sort_unstable();
        assert_eq!(names, ["future", "handle", "on again", "open"]);
        assert!(
            spans
                .iter()
                .all(|span| span.tags.iter().all(|tag| tag.key != "lost"))
        );
        assert_eq!(tracer.stats().leaked_scopes, 0);

        let noop = Tracer::noop();
        noop.set_enabled(true);
        assert!(!noop.is_enabled());

        // Where another tracer is on, open traces go on and no new ones begin.
        let second = TestTracer::new();
        with_tracer(second.tracer(), || {
            let _open = start_active_span("open");
            second.tracer().set_enabled(false);
            drop(start_active_span("child"));
            drop(build_span("root").ignore_active_span().start_active());
        });
        second.tree().assert_eq("open\n  child");

        // What is turned off and then shut down counts once: another tracer is not turned off with it.
        let (other, guard) = Tracer::builder("other")
            .reporter(fedtrace::reporter::MemoryReporter::new())
            .build()
            .unwrap();
        other.set_enabled(false);
        guard.shutdown(Duration::from_secs(10)).unwrap();
        other.set_enabled(true);
        assert!(!other.is_enabled());
        with_tracer(tracer, || {
            assert!(start_active_span("still on").span().context().is_some())
        });
    });
}

type Later = Pin<Box<dyn Future<Output = ()>>>;

#[trace]
fn plain() -> Later {
    Box::pin(async { pause().await })
}

#[trace(tracer = tracer)]
fn with_own_tracer(tracer: &Tracer) -> Later {
    Box::pin(async { pause().await })
}

#[trace(root)]
fn root() -> Later {
    Box::pin(async { pause().await })
}

#[test]
fn a_future_that_is_polled_first_while_tracing_is_off_has_no_span_also_later() {
    alone(|| {
        let test = TestTracer::new();
        let tracer = test.tracer();
        with_tracer(tracer, || {
            let _open = start_active_span("open");
            let mut futures = [plain(), with_own_tracer(tracer), root()];
            tracer.set_enabled(false);
            assert!(futures.iter_mut().all(|future| !poll_once(future.as_mut())));
            tracer.set_enabled(true);
            assert!(futures.iter_mut().all(|future| poll_once(future.as_mut())));
        });
        test.tree().assert_eq("open");
    });
}
