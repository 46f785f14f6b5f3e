//! The options `parent`, `follows_from` and `root`: where a span stands.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use fedtrace::testing::TestTracer;
use fedtrace::{Span, SpanContext, build_span, start_active_span, tag_args, trace, with_tracer};
use futures::executor::block_on;

struct Job {
    span: Span,
    causes: Vec<SpanContext>,
}

impl Job {
    #[trace(parent = &self.span)]
    fn sync(&self) {
        drop(start_active_span("inside"));
    }

    #[trace(parent = self.span.context())]
    #[tag_args]
    async fn asynchronous(&self, number: u32) -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }

    #[trace(parent = &self.span)]
    fn boxed(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async {
            drop(start_active_span("inside boxed"));
        })
    }

    #[trace(follows_from = &self.causes)]
    fn after(&self) {}

    #[trace(root, follows_from = [&self.span])]
    async fn in_its_trace(&self) {}
}

#[test]
fn a_parent_is_the_span_that_the_option_names() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let job = Job {
            span: build_span("job").start(),
            causes: Vec::new(),
        };
        let _active = start_active_span("active");
        job.sync();
        block_on(job.asynchronous(1)).expect_err("it fails");
        block_on(job.boxed());
    });
    test.tree().with_tags(["ARG.number", "error"]).assert_eq(
        "
        job
          sync
            inside
          asynchronous ARG.number=1 error=true
          boxed
            inside boxed
        active
        ",
    );
}

#[test]
fn without_the_parent_that_was_asked_for_the_active_span_is_the_parent() {
    #[trace(parent = &context)]
    fn child(context: Option<SpanContext>) {
        drop(context);
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _active = start_active_span("active");
        child(None);
    });
    test.tree().assert_eq("active\n  child");
}

#[test]
fn a_root_begins_a_trace_of_its_own() {
    #[trace(root)]
    fn sync() {
        drop(start_active_span("inside"));
    }
    #[trace(parent = None)]
    async fn asynchronous() {}
    #[trace(root)]
    fn boxed() -> Pin<Box<dyn Future<Output = ()>>> {
        let _number = 1;
        Box::pin(async {})
    }
    struct Worker;
    #[trace(root, prefix = "Worker::")]
    impl Worker {
        fn run(&self) {}
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _active = start_active_span("active");
        sync();
        block_on(asynchronous());
        block_on(boxed());
        Worker.run();
        drop(start_active_span("child"));
    });
    test.tree().assert_eq(
        "
        active
          child
        sync
          inside
        asynchronous
        boxed
        Worker::run
        ",
    );
}

#[test]
fn causes_are_references() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let job = Job {
            span: build_span("job").start(),
            causes: ["first", "second"]
                .iter()
                .filter_map(|name| build_span(*name).start().context())
                .collect(),
        };
        {
            let _active = start_active_span("active");
            job.after();
        }
        block_on(job.in_its_trace());
    });
    let after = test.finished_span("after");
    let causes = ["first", "second"].map(|name| test.finished_span(name).span_id);
    let references: Vec<_> = after
        .references
        .iter()
        .map(|reference| reference.span_id)
        .filter(|id| causes.contains(id))
        .collect();
    assert_eq!(references, causes);
    let later = test.finished_span("in_its_trace");
    assert_eq!(later.trace_id, test.finished_span("job").trace_id);
}
