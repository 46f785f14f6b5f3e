//! Spans that were caused by others which do not wait for them.

use fedtrace::testing::TestTracer;
use fedtrace::{
    Reference, Span, SpanContext, SpanId, TraceFlags, TraceId, build_span, start_active_span,
    start_active_span_follows_from, with_tracer,
};

/// A root of its own trace.
fn root(name: &'static str) -> Span {
    build_span(name).ignore_active_span().start()
}

fn follows_from(span: &Span) -> Reference {
    let context = span.context().unwrap();
    Reference::follows_from(context.trace_id(), context.span_id())
}

#[test]
fn with_an_active_span_that_one_is_the_parent_and_the_cause_a_reference() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let cause = root("cause");
        let active = start_active_span("active");
        let scope = start_active_span_follows_from("effect", cause.context());
        assert_eq!(
            scope.span().context().unwrap().trace_id(),
            active.span().context().unwrap().trace_id()
        );
        drop(start_active_span("child"));
        drop(scope);
        cause.finish();
    });
    test.tree()
        .with_references()
        .assert_eq("cause\nactive\n  effect follows_from=cause\n    child");
}

#[test]
fn without_an_active_span_the_first_cause_is_the_parent_in_the_same_trace() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let (first, second) = (root("first"), root("second"));
        let contexts = [first.context().unwrap(), second.context().unwrap()];
        let scope = start_active_span_follows_from("effect", contexts);
        let trace = scope.span().context().unwrap().trace_id();
        assert_eq!(trace, first.context().unwrap().trace_id());
        drop(scope);

        let effect = test.finished_span("effect");
        assert_eq!(effect.parent_span_id, Some(first.context().unwrap().span_id()));
        assert_eq!(effect.references, [follows_from(&first), follows_from(&second)]);
        first.finish();
        second.finish();
    });
    test.tree()
        .with_references()
        .assert_eq("first\n  effect follows_from=first follows_from=second\nsecond");
}

#[test]
fn an_ignored_active_span_does_not_keep_the_first_cause_from_being_the_parent() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let cause = root("cause");
        let _active = start_active_span("active");
        let effect = build_span("effect")
            .ignore_active_span()
            .follows_from(cause.context());
        drop(effect.start_active());
        cause.finish();
    });
    test.tree()
        .with_references()
        .assert_eq("cause\n  effect follows_from=cause\nactive");
}

#[test]
fn a_given_parent_goes_before_the_causes() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let (parent, cause) = (root("parent"), root("cause"));
        let effect = build_span("effect")
            .follows_from(cause.context())
            .child_of(parent.context());
        drop(effect.start_active());
        parent.finish();
        cause.finish();
    });
    test.tree()
        .with_references()
        .assert_eq("parent\n  effect follows_from=cause\ncause");
}

/// Jaeger leaves the parent out if there is another reference to it.
#[test]
fn a_cause_that_is_the_parent_already_is_no_reference() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let parent = start_active_span("parent").span();
        let cause = root("cause");
        let _active = build_span("active").start_active();
        for builder in [
            build_span("given").child_of(parent.context()),
            build_span("active child"),
        ] {
            let contexts = [
                parent.context(),
                fedtrace::active_span().unwrap().context(),
                cause.context(),
            ];
            let builder = contexts
                .into_iter()
                .fold(builder, |builder, cause| builder.follows_from(cause));
            drop(builder.start_active());
        }
        cause.finish();
    });
    let causes = |name| test.finished_span(name).references.len();
    assert_eq!((causes("given"), causes("active child")), (2, 2));
    for (span, parent) in [("given", "parent"), ("active child", "active")] {
        let (span, parent) = (test.finished_span(span), test.finished_span(parent));
        assert_eq!(span.parent_span_id, Some(parent.span_id));
        assert!(
            span.references
                .iter()
                .all(|cause| cause.span_id != parent.span_id)
        );
    }
}

#[test]
fn no_cause_at_all_makes_a_root() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        drop(start_active_span_follows_from("nothing", Vec::new()));
        drop(build_span("none").follows_from(None).start_active());
    });
    for span in test.finished_spans() {
        assert_eq!(
            (span.parent_span_id, span.references.as_slice()),
            (None, [].as_slice())
        );
        assert!(span.tag("sampler.type").is_some(), "the sampler decided");
    }
}

#[test]
fn all_causes_of_a_batch_are_references_in_their_order() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let causes: Vec<Span> = (0..100).map(|_| root("cause")).collect();
        let contexts = causes.iter().filter_map(Span::context);
        drop(start_active_span_follows_from("transaction", contexts));
        let expected: Vec<_> = causes.iter().map(follows_from).collect();
        assert_eq!(test.finished_span("transaction").references, expected);
    });
}

#[test]
fn a_cause_may_be_in_another_process() {
    let test = TestTracer::new();
    let (trace, span) = (TraceId::new(1 << 100).unwrap(), SpanId::new(7).unwrap());
    let remote = SpanContext::remote(trace, span, TraceFlags::SAMPLED);
    with_tracer(test.tracer(), || {
        drop(start_active_span_follows_from("effect", [remote]))
    });
    let effect = test.finished_span("effect");
    assert_eq!((effect.trace_id, effect.parent_span_id), (trace, Some(span)));
    assert!(effect.local_root);
}

#[test]
fn the_first_cause_hands_its_decision_on() {
    let test = TestTracer::new();
    let (trace, span) = (TraceId::new(1).unwrap(), SpanId::new(2).unwrap());
    let unsampled = SpanContext::remote(trace, span, TraceFlags::from_bits(0));
    with_tracer(test.tracer(), || {
        drop(start_active_span_follows_from("effect", [unsampled]))
    });
    assert_eq!(test.finished_spans(), []);
}

fn never_sampled_with_a_forced_second_cause(inherit: bool) -> TestTracer {
    let test = TestTracer::with_sampler(fedtrace::sampler::ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let (plain, forced) = (root("plain"), root("forced"));
        forced.force_tracing();
        let builder = || {
            let effect = build_span("effect")
                .follows_from(plain.context())
                .follows_from(forced.context());
            if inherit {
                effect.inherit_force_tracing()
            } else {
                effect
            }
        };
        let scope = builder().start_active();
        drop(start_active_span("child"));
        drop(scope);
        builder().start().finish();
        forced.finish();
    });
    test
}

#[test]
fn inherit_force_tracing_forces_if_one_of_the_causes_was_forced() {
    let test = never_sampled_with_a_forced_second_cause(true);
    let spans = test.finished_spans();
    let names: Vec<_> = spans.iter().map(|span| span.operation_name.as_ref()).collect();
    assert_eq!(names, ["child", "effect", "effect", "forced"]);
    assert!(spans.iter().all(|span| span.flags == TraceFlags::FORCED));
}

#[test]
fn force_tracing_is_not_inherited_from_causes_without_being_asked_for() {
    let test = never_sampled_with_a_forced_second_cause(false);
    test.tree().assert_eq("forced");
}

#[test]
fn inherit_force_tracing_forces_nothing_if_no_cause_was_forced() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let cause = root("cause");
        let effect = build_span("effect")
            .follows_from(cause.context())
            .inherit_force_tracing();
        effect.start().finish();
    });
    assert_eq!(test.finished_span("effect").flags, TraceFlags::SAMPLED);
}
