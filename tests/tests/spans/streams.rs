//! Streams whose items are polled in a span.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use fedtrace::testing::TestTracer;
use fedtrace::{
    InSpanStream, Span, TraceStreamExt, active_span, build_span, start_active_span, trace_id, with_tracer,
    without_active_span,
};
use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt};

fn start(test: &TestTracer, name: &'static str) -> Span {
    build_span(name).tracer(test.tracer()).start()
}

/// A stream of numbers, each of which is made in a span of its own.
fn numbers(until: u32) -> impl Stream<Item = u32> + Unpin {
    let mut last = 0;
    let mut pending = false;
    stream::poll_fn(move |context| {
        pending = !pending;
        if pending {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        drop(start_active_span("item"));
        last += 1;
        Poll::Ready((last <= until).then_some(last))
    })
}

/// A stream that makes a span when it is dropped.
fn with_last_words() -> impl Stream<Item = u32> + Unpin {
    struct LastWords;
    impl Drop for LastWords {
        fn drop(&mut self) {
            drop(start_active_span("dropped"));
        }
    }
    let last_words = LastWords;
    stream::poll_fn(move |_| {
        let _ = &last_words;
        Poll::Ready(Some(1))
    })
}

#[test]
fn the_items_of_a_stream_in_a_span_are_its_children_and_it_ends_with_the_stream() {
    let test = TestTracer::new();
    let mut stream = numbers(2).in_span(start(&test, "stream"));
    with_tracer(test.tracer(), || {
        let _consumer = start_active_span("consumer");
        assert_eq!(block_on(stream.next()), Some(1));
        drop(start_active_span("work on the item"));
        assert_eq!(block_on(stream.next()), Some(2));
        assert_eq!(block_on(stream.next()), None);
        assert!(
            test.finished_spans()
                .iter()
                .any(|span| span.operation_name == "stream")
        );
    });
    drop(stream);
    test.tree().with_tags(["cancelled"]).assert_eq(
        "
        stream
          item
          item
          item
        consumer
          work on the item
        ",
    );
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_stream_that_is_dropped_before_its_end_marks_its_span_as_cancelled() {
    let test = TestTracer::new();
    drop(with_last_words().in_span(start(&test, "never polled")));
    let mut polled = with_last_words().in_span(start(&test, "polled"));
    assert_eq!(block_on(polled.next()), Some(1));
    drop(polled);
    test.tree().with_tags(["cancelled"]).assert_eq(
        "
        never polled cancelled=true
          dropped
        polled cancelled=true
          dropped
        ",
    );
}

#[test]
fn a_stream_that_panics_marks_its_span_as_failed() {
    let test = TestTracer::new();
    let failing = stream::poll_fn(|_| -> Poll<Option<u32>> { panic!("on purpose") });
    let mut failing = failing.in_span(start(&test, "stream"));
    catch_unwind(AssertUnwindSafe(|| block_on(failing.next()))).unwrap_err();
    drop(failing);
    test.tree()
        .with_tags(["cancelled", "error"])
        .assert_eq("stream error=true");
}

#[test]
fn a_stream_in_the_active_span_does_not_end_it_and_is_polled_in_it_on_any_thread() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("at the call");
        let mut bound = numbers(1).in_active_span();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                assert_eq!(block_on(bound.next()), Some(1));
                assert!(active_span().is_none());
                assert_eq!(block_on(bound.next()), None);
            });
        });
        drop(bound);
        drop(numbers(1).in_active_span());
        assert_eq!(test.finished_spans().len(), 2);
        drop(scope);
    });
    test.tree()
        .with_tags(["cancelled"])
        .assert_eq("at the call\n  item\n  item");
}

#[test]
fn a_stream_that_is_bound_where_no_span_is_active_is_polled_without_one() {
    let test = TestTracer::new();
    let ids = || stream::poll_fn(|_| Poll::Ready(Some(trace_id())));
    let mut bound = without_active_span(|| ids().in_active_span());
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("consumer");
        assert_eq!(block_on(bound.next()), Some(None));
        assert!(block_on(ids().next()).is_some_and(|id| id.is_some()));
    });
}

#[test]
fn the_size_hint_of_a_stream_in_a_span_is_that_of_the_stream() {
    let test = TestTracer::new();
    let mut stream = stream::iter(0..3).in_span(start(&test, "stream"));
    assert_eq!(stream.size_hint(), (3, Some(3)));
    block_on(stream.next());
    assert_eq!(stream.size_hint(), (2, Some(2)));
}

#[test]
fn a_stream_in_a_span_is_sent_to_other_threads() {
    fn is_send<T: Send>() {}
    is_send::<InSpanStream<stream::Iter<std::ops::Range<u32>>>>();
}
