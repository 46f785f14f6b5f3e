//! The tracer of a root where a global one is set.

use fedtrace::testing::TestTracer;
use fedtrace::{
    SpanContext, SpanId, TraceFlags, TraceId, build_span, run_as_background_process, set_global_tracer,
};
use fedtrace_tests::alone;
use futures::executor::block_on;

#[test]
fn a_root_inside_a_span_of_another_tracer_is_the_global_ones_and_the_child_of_a_remote_span_is_not() {
    alone(|| {
        let (other, global) = (TestTracer::new(), TestTracer::new());
        set_global_tracer(global.tracer().clone()).unwrap();
        let outer = build_span("outer").tracer(other.tracer()).start_active();
        drop(build_span("root").ignore_active_span().start_active());
        block_on(run_as_background_process("work", async {}));
        let remote = SpanContext::remote(
            TraceId::new(1).unwrap(),
            SpanId::new(2).unwrap(),
            TraceFlags::SAMPLED,
        );
        drop(build_span("child of remote").child_of(remote).start_active());
        drop(outer);
        global.tree().assert_eq("root");
        other
            .tree()
            .assert_eq("outer\n  start_bgproc.work\nbgproc.work\n  bgproc_child.work\nchild of remote");
    });
}
