//! Open spans that get another parent, or further causes.

use std::sync::Barrier;
use std::thread;

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, Reference, Span, SpanContext, SpanId, TraceFlags, TraceFutureExt, TraceId, active_span,
    build_span, inject, set_tag, start_active_span, trace_id, with_tracer,
};
use fedtrace_tests::poll_once;

/// A span of another process.
fn remote(flags: TraceFlags) -> SpanContext {
    let id = |id: &str| id.parse::<SpanId>().unwrap();
    let baggage = [("key", "of the parent")].into_iter().collect();
    SpanContext::remote("1234".parse::<TraceId>().unwrap(), id("56"), flags).with_baggage(baggage)
}

fn sampled() -> SpanContext {
    remote(TraceFlags::SAMPLED)
}

fn start(test: &TestTracer, name: &'static str) -> Span {
    build_span(name).tracer(test.tracer()).start()
}

fn child(name: &'static str) {
    drop(start_active_span(name));
}

/// Whether the span is a child of `remote`, and `child` one of the span.
fn is_adopted(test: &TestTracer, name: &str) -> bool {
    let (span, child) = (test.finished_span(name), test.finished_span("child"));
    assert_eq!(child.parent_span_id, Some(span.span_id));
    assert_eq!(child.trace_id, span.trace_id);
    (span.trace_id, span.parent_span_id) == (sampled().trace_id(), Some(sampled().span_id()))
}

#[test]
fn a_span_with_a_new_parent_has_its_trace_id_flags_and_baggage_and_so_have_its_children() {
    let test = TestTracer::new();
    let span = start(&test, "late");
    span.set_tag("early", true).set_baggage_item("key", "of its own");
    let forced = TraceFlags::SAMPLED | TraceFlags::DEBUG;
    assert!(span.set_parent(remote(forced)));
    assert_eq!(span.baggage_item("key").as_deref(), Some("of the parent"));
    poll_once(std::pin::pin!(async { child("child") }.in_span(span.clone())));
    assert!(is_adopted(&test, "late"));
    let late = test.finished_span("late");
    assert_eq!(late.flags, forced);
    assert!(late.tags.iter().any(|tag| tag.key == "early"));
    assert!(
        !late.tags.iter().any(|tag| tag.key.starts_with("sampler.")),
        "it is no root"
    );
    assert_eq!(test.finished_span("child").flags, forced);
}

#[test]
fn the_active_span_gets_a_new_parent_before_its_first_child() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("late");
        set_tag("before", true);
        assert!(active_span().unwrap().set_parent(sampled()));
        assert_eq!(trace_id(), Some(sampled().trace_id()));
        child("child");
    });
    assert!(is_adopted(&test, "late"));
}

#[test]
fn a_child_of_this_thread_gets_a_new_parent_and_leaves_its_trace() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _outer = start_active_span("outer");
        let scope = start_active_span("late");
        assert!(scope.span().set_parent(sampled()));
        child("child");
        drop(scope);
        child("of outer");
    });
    assert!(is_adopted(&test, "late"));
    let (outer, other) = (test.finished_span("outer"), test.finished_span("of outer"));
    assert_eq!(other.parent_span_id, Some(outer.span_id));
    assert_ne!(outer.trace_id, sampled().trace_id());
}

#[test]
fn a_parent_of_this_process_is_taken_too() {
    let test = TestTracer::new();
    let (parent, span) = (start(&test, "parent"), start(&test, "late"));
    assert!(span.set_parent(parent.context().unwrap()));
    span.finish();
    parent.finish();
    test.tree().assert_eq("parent\n  late");
}

#[test]
fn an_entered_span_gets_a_new_parent_and_its_next_child_has_it() {
    let test = TestTracer::new();
    let span = build_span("late").tracer(test.tracer()).start_detached();
    span.in_scope(|| set_tag("entered", true));
    let entered = span.enter();
    assert!(span.span().set_parent(sampled()));
    child("child");
    drop(entered);
    drop(span);
    assert!(is_adopted(&test, "late"));
}

#[test]
fn a_parent_that_is_not_sampled_ends_the_recording_and_one_that_is_begins_it() {
    let test = TestTracer::new();
    let span = start(&test, "late");
    assert!(span.set_parent(remote(TraceFlags::NONE)));
    assert!(!span.context().unwrap().is_sampled());
    drop(span);
    assert_eq!(test.finished_spans(), []);

    let test = TestTracer::with_sampler(ConstSampler::new(false));
    let span = start(&test, "late").set_tag("kept", true).clone();
    assert!(span.set_parent(sampled()));
    drop(span);
    test.tree().with_tags(["kept"]).assert_eq("late kept=true");
}

/// A new parent is refused after this.
fn refused_after(use_it: impl FnOnce(&Span)) {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("late");
        let before = format!("{:?}", scope.span());
        use_it(&scope.span());
        assert!(!scope.span().set_parent(sampled()));
        assert_eq!(format!("{:?}", scope.span()), before);
    });
    assert_ne!(test.finished_span("late").trace_id, sampled().trace_id());
}

#[test]
fn a_new_parent_is_refused_after_the_first_child() {
    refused_after(|_| child("child"));
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("late");
        child("before there was a handle");
        assert!(!scope.span().set_parent(sampled()));
        let span = build_span("with a child by its handle").start_detached();
        span.in_scope(|| child("child"));
        assert!(!span.span().set_parent(sampled()));
    });
}

#[test]
fn a_new_parent_is_refused_after_the_context_was_read_or_injected() {
    refused_after(|span| drop(span.context()));
    refused_after(|_| assert!(trace_id().is_some()));
    refused_after(|_| inject(&mut http::HeaderMap::new(), Destination::Internal));
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("without a handle");
        inject(&mut http::HeaderMap::new(), Destination::Internal);
        assert!(!scope.span().set_parent(sampled()));
    });
}

#[test]
fn a_new_parent_is_refused_the_second_time_after_the_end_and_of_another_tracer() {
    let (test, other) = (TestTracer::new(), TestTracer::new());
    let span = start(&test, "late");
    let foreign = start(&other, "foreign");
    assert!(!span.set_parent(foreign.context().unwrap()));
    assert!(span.set_parent(sampled()));
    assert!(!span.set_parent(sampled()));
    span.finish();
    let ended = start(&test, "ended");
    ended.finish();
    assert!(!ended.set_parent(sampled()));
    assert_eq!(test.tracer().stats().uses_after_finish, 1);
}

#[test]
fn a_child_that_starts_at_the_same_time_is_in_the_trace_that_its_parent_has_then() {
    for _ in 0..200 {
        let test = TestTracer::new();
        let span = build_span("late").tracer(test.tracer()).start_detached();
        let both = Barrier::new(2);
        thread::scope(|threads| {
            threads.spawn(|| {
                let _entered = span.enter();
                both.wait();
                child("child");
            });
            both.wait();
            span.span().set_parent(sampled());
        });
        drop(span);
        is_adopted(&test, "late");
    }
}

#[test]
fn a_cause_that_is_known_after_the_start_is_a_reference() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let (first, second) = (start(&test, "first"), start(&test, "second"));
        let parent = start_active_span("parent");
        let effect = build_span("effect").follows_from(first.context()).start();
        effect.follows_from(second.context()).follows_from(None);
        effect.follows_from(parent.span().context());
        effect.finish();
        effect.follows_from(second.context());
    });
    test.tree()
        .with_references()
        .assert_eq("first\nsecond\nparent\n  effect follows_from=first follows_from=second");
    assert_eq!(test.tracer().stats().uses_after_finish, 1);
}

#[test]
fn causes_beyond_the_limit_are_left_out_and_counted_whenever_they_were_given() {
    let test = TestTracer::new();
    let causes: Vec<_> = (0..130).map(|_| start(&test, "cause").context()).collect();
    let builder = build_span("effect").tracer(test.tracer());
    let builder = causes[..100]
        .iter()
        .cloned()
        .fold(builder, |builder, cause| builder.follows_from(cause));
    let effect = builder.ignore_active_span().start();
    for cause in &causes[100..] {
        effect.follows_from(cause.clone());
    }
    effect.finish();
    let references = test.finished_span("effect").references;
    let expected = causes.iter().flatten();
    let expected = expected.map(|cause| Reference::follows_from(cause.trace_id(), cause.span_id()));
    assert!(references.into_iter().eq(expected.take(128)));
    assert_eq!(test.tracer().stats().dropped_references, 2);
}

#[test]
fn a_cause_that_becomes_the_parent_is_no_reference_any_more() {
    let test = TestTracer::new();
    let span = start(&test, "late");
    span.follows_from(sampled());
    assert!(span.set_parent(sampled()));
    span.finish();
    assert_eq!(test.finished_span("late").references, []);
}
