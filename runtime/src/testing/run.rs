//! The run of a test with `#[fedtrace::test]`.

use std::thread::{self, ThreadId};

use super::tracer::TestTracer;
use crate::span::future::in_span::{TraceFutureExt, WithTracer};
use crate::tracer::global::TracerOverride;

/// The run of a test. Its tracer is the one of this thread, so that the tasks of a runtime on this thread have it, too.
#[derive(Debug)]
pub struct TestRun {
    scoped: Option<TracerOverride>,
    thread: ThreadId,
    test: TestTracer,
}

impl TestRun {
    /// Begins a test with this tracer.
    pub fn start(test: TestTracer) -> Self {
        Self {
            scoped: TracerOverride::enter(test.tracer().clone()),
            thread: thread::current().id(),
            test,
        }
    }

    /// The tracer.
    pub fn tracer(&self) -> &TestTracer {
        &self.test
    }

    /// The body of an async test.
    pub fn body<F: Future>(&self, future: F) -> WithTracer<F> {
        future.with_tracer(self.test.tracer())
    }

    /// Ends the test, which fails if spans are open. A test that has failed anyhow says only why it did.
    #[track_caller]
    pub fn finish(mut self, has_failed: bool) {
        self.leave();
        self.test.finish(has_failed);
    }

    fn leave(&mut self) {
        if thread::current().id() != self.thread {
            // The override of the other thread is out of reach, and that of this thread is not ours.
            std::mem::forget(self.scoped.take());
        }
        self.scoped = None;
    }
}

impl Drop for TestRun {
    fn drop(&mut self) {
        self.leave();
    }
}
