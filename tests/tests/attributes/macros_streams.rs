//! A traced function that returns a stream: its span is that of the stream.

use std::pin::Pin;
use std::task::Poll;

use fedtrace::testing::TestTracer;
use fedtrace::{start_active_span, tag_args, trace, with_tracer};
use fedtrace_tests::poll_once;
use futures::executor::block_on;
use futures::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt as _};

fn numbers(until: u32) -> impl Stream<Item = u32> + Send + Unpin {
    let mut last = 0;
    stream::poll_fn(move |_| {
        drop(start_active_span("item"));
        last += 1;
        Poll::Ready((last <= until).then_some(last))
    })
}

#[trace]
#[tag_args]
fn opaque(until: u32) -> impl Stream<Item = u32> + Send + Unpin {
    drop(start_active_span("call"));
    numbers(until)
}

#[trace]
fn boxed(until: u32) -> Pin<Box<dyn Stream<Item = u32> + Send>> {
    numbers(until).boxed()
}

#[trace]
fn alias(until: u32) -> BoxStream<'static, u32> {
    numbers(until).boxed()
}

#[trace]
fn local(until: u32) -> LocalBoxStream<'static, u32> {
    numbers(until).boxed_local()
}

fn count(stream: impl Stream<Item = u32>) -> usize {
    let _consumer = start_active_span("consumer");
    block_on(stream.count())
}

#[test]
fn the_span_of_a_function_that_returns_a_stream_lasts_until_the_stream_ends() {
    for (name, make) in [
        ("boxed", boxed as fn(u32) -> BoxStream<'static, u32>),
        ("alias", alias),
    ] {
        let test = TestTracer::new();
        with_tracer(test.tracer(), || assert_eq!(count(make(1)), 1));
        test.tree()
            .assert_eq(&format!("{name}\n  item\n  item\nconsumer"));
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || assert_eq!(count(local(1)), 1));
    test.tree().assert_eq("local\n  item\n  item\nconsumer");
}

#[test]
fn what_the_call_does_is_in_the_span_too_and_work_between_items_is_not() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let mut stream = opaque(2);
        assert_eq!(block_on(stream.next()), Some(1));
        drop(start_active_span("work on the item"));
        assert!(test.tree_has_no("opaque"), "its span is open");
        assert_eq!(block_on(stream.count()), 1);
    });
    test.tree().with_tags(["ARG.until"]).assert_eq(
        "
        opaque ARG.until=2
          call
          item
          item
          item
        work on the item
        ",
    );
}

#[test]
fn a_stream_that_is_dropped_early_is_cancelled() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let mut stream = opaque(2);
        assert!(poll_once(Box::pin(stream.next()).as_mut()));
    });
    test.tree()
        .with_tags(["cancelled"])
        .assert_eq("opaque cancelled=true\n  call\n  item");
}

#[test]
fn a_stream_that_may_be_returned_early_has_the_span_of_the_call_only() {
    #[trace]
    fn early(is_short: bool) -> impl Stream<Item = u32> {
        if is_short {
            return numbers(0);
        }
        numbers(1)
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || assert_eq!(count(early(true)), 0));
    test.tree().assert_eq("early\nconsumer\n  item");
}

trait HasNo {
    fn tree_has_no(&self, name: &str) -> bool;
}

impl HasNo for TestTracer {
    fn tree_has_no(&self, name: &str) -> bool {
        self.finished_spans()
            .iter()
            .all(|span| span.operation_name != name)
    }
}
