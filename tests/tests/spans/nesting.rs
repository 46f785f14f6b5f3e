//! Active spans on one thread: which span is whose parent, and in which order they are reported.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, active_span, build_span, log_kv, set_operation_name, set_tag, start_active_span, tags,
    trace_id, with_tracer,
};

/// What `work` does with a tracer of its own.
fn traced(work: impl FnOnce()) -> TestTracer {
    let test = TestTracer::new();
    with_tracer(test.tracer(), work);
    test
}

fn names(spans: &[FinishedSpan]) -> Vec<&str> {
    spans.iter().map(|span| span.operation_name.as_ref()).collect()
}

#[test]
fn a_started_span_is_active_until_its_scope_is_closed() {
    let test = traced(|| {
        assert!(active_span().is_none());
        let scope = start_active_span("work");
        let (active, own) = (active_span().unwrap(), scope.span());
        assert_eq!(active.context(), own.context());
        assert_eq!(trace_id(), Some(own.context().unwrap().trace_id()));
        scope.close();
        assert!(active_span().is_none());
        assert_eq!(trace_id(), None);
    });
    test.tree().assert_eq("work");
}

#[test]
fn a_span_is_not_reported_before_it_is_finished() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("work");
        assert_eq!(test.finished_spans(), []);
        drop(scope);
    });
    assert_eq!(names(&test.finished_spans()), ["work"]);
}

#[test]
fn nested_spans_are_reported_in_the_order_of_finishing() {
    let test = traced(|| {
        let outer = start_active_span("outer");
        drop(start_active_span("first"));
        let second = start_active_span("second");
        drop(start_active_span("inner"));
        drop(second);
        drop(outer);
    });
    assert_eq!(
        names(&test.finished_spans()),
        ["first", "inner", "second", "outer"]
    );
    test.tree().assert_eq("outer\n  first\n  second\n    inner");
}

#[test]
fn a_span_finished_through_a_handle_takes_its_place_in_the_order_of_finishing() {
    let test = traced(|| {
        let outer = start_active_span("outer");
        let handle = build_span("handle").start();
        drop(start_active_span("before"));
        handle.finish();
        drop(start_active_span("after"));
        drop(outer);
    });
    assert_eq!(
        names(&test.finished_spans()),
        ["before", "handle", "after", "outer"]
    );
}

#[test]
fn spans_one_after_the_other_without_an_active_one_are_traces_of_their_own() {
    let test = traced(|| {
        drop(start_active_span("a"));
        drop(start_active_span("b"));
    });
    let (a, b) = (test.finished_span("a"), test.finished_span("b"));
    assert_ne!(a.trace_id, b.trace_id);
    assert_eq!((a.parent_span_id, b.parent_span_id), (None, None));
}

#[test]
fn the_parent_is_the_active_span_whether_started_active_or_not() {
    let test = traced(|| {
        let _outer = start_active_span("outer");
        let _inner = build_span("inner").start_active();
        build_span("not active").start().finish();
        drop(start_active_span("active"));
    });
    test.tree()
        .assert_eq("outer\n  inner\n    not active\n    active");
}

#[test]
fn a_span_that_is_not_made_active_is_nobodys_parent() {
    let test = traced(|| {
        let _outer = start_active_span("outer");
        let span = build_span("aside").start();
        drop(start_active_span("inner"));
        span.finish();
    });
    test.tree().assert_eq("outer\n  aside\n  inner");
}

#[test]
fn child_of_goes_before_the_active_span() {
    let test = traced(|| {
        let other = build_span("other").start();
        let _active = start_active_span("active");
        let child = build_span("child").child_of(other.context()).start_active();
        drop(start_active_span("grandchild"));
        drop(child);
        drop(start_active_span("again under active"));
        other.finish();
    });
    test.tree()
        .assert_eq("other\n  child\n    grandchild\nactive\n  again under active");
}

#[test]
fn child_of_nothing_leaves_the_active_span_the_parent() {
    let test = traced(|| {
        let _active = start_active_span("active");
        drop(build_span("child").child_of(None).start_active());
    });
    test.tree().assert_eq("active\n  child");
}

#[test]
fn ignore_active_span_starts_a_trace_and_then_goes_back() {
    let test = traced(|| {
        let active = start_active_span("active");
        let root = build_span("root").ignore_active_span().start_active();
        assert_ne!(
            root.span().context().unwrap().trace_id(),
            active.span().context().unwrap().trace_id()
        );
        drop(start_active_span("in root"));
        drop(root);
        drop(start_active_span("in active"));
    });
    test.tree().assert_eq("active\n  in active\nroot\n  in root");
}

#[test]
fn a_child_uses_the_tracer_of_its_parent() {
    let (ours, theirs) = (TestTracer::new(), TestTracer::new());
    let parent = with_tracer(ours.tracer(), || build_span("parent").start());
    with_tracer(theirs.tracer(), || {
        drop(build_span("child").child_of(parent.context()).start_active());
        // A builder's tracer is for roots only.
        let built = build_span("built").child_of(parent.context());
        drop(built.tracer(theirs.tracer()).start());
    });
    let scope = with_tracer(ours.tracer(), || start_active_span("active"));
    with_tracer(theirs.tracer(), || drop(start_active_span("nested")));
    drop(scope);
    parent.finish();

    ours.tree()
        .assert_eq("parent\n  child\n  built\nactive\n  nested");
    assert_eq!(theirs.finished_spans(), []);
}

#[test]
fn a_root_uses_the_tracer_of_its_builder_before_the_scoped_one() {
    let (built, scoped) = (TestTracer::new(), TestTracer::new());
    with_tracer(scoped.tracer(), || {
        let _root = build_span("root").tracer(built.tracer()).start_active();
        drop(start_active_span("child"));
    });
    built.tree().assert_eq("root\n  child");
    assert_eq!(scoped.finished_spans(), []);
}

#[test]
fn a_root_inside_a_span_of_another_tracer_uses_the_scoped_one() {
    let (outer, inner) = (TestTracer::new(), TestTracer::new());
    with_tracer(outer.tracer(), || {
        let _active = start_active_span("active");
        with_tracer(inner.tracer(), || {
            drop(build_span("root").ignore_active_span().start_active());
        });
    });
    inner.tree().assert_eq("root");
    outer.tree().assert_eq("active");
}

#[test]
fn a_root_inside_a_span_uses_its_tracer_if_no_other_is_named() {
    let test = TestTracer::new();
    let _active = with_tracer(test.tracer(), || start_active_span("active"));
    drop(build_span("root").ignore_active_span().start_active());
    test.tree().assert_eq("root");
}

#[test]
fn with_tracer_nests_and_ends_with_its_closure() {
    let (outer, inner) = (TestTracer::new(), TestTracer::new());
    with_tracer(outer.tracer(), || {
        drop(start_active_span("a"));
        with_tracer(inner.tracer(), || drop(start_active_span("b")));
        let panicking = || with_tracer(inner.tracer(), || panic!("on purpose"));
        let panicked = catch_unwind(AssertUnwindSafe(panicking));
        assert!(panicked.is_err());
        drop(start_active_span("c"));
    });
    drop(start_active_span("nowhere"));
    outer.tree().assert_eq("a\nc");
    inner.tree().assert_eq("b");
}

#[test]
fn a_name_may_be_made_at_run_time_and_changed_until_the_end() {
    let test = traced(|| {
        let number = 7;
        let _root = start_active_span(format!("transaction {number}"));
        let _child = start_active_span(format!("step {number}"));
        let third = start_active_span("third");
        set_operation_name(format!("step {}", number + 1));
        third.span().set_operation_name("the third");
        drop(third);
    });
    test.tree().assert_eq("transaction 7\n  step 7\n    the third");
}

#[test]
fn tags_of_the_builder_and_of_the_active_span_are_reported_with_their_types() {
    let test = traced(|| {
        let text = String::from("short-lived");
        let _scope = build_span("op")
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .tag("owned key".to_owned(), text.as_str())
            .start_active();
        drop(text);
        set_tag("count", 3_usize);
        set_tag("ratio", 0.5);
        set_tag("ok", true);
        set_tag("big", u64::MAX);
    });
    let span = test.finished_span("op");
    let set: Vec<_> = span
        .tags
        .iter()
        .filter(|tag| !tag.key.starts_with("sampler."))
        .cloned()
        .collect();
    assert_eq!(
        set,
        [
            ("span.kind", "server".into()),
            ("owned key", "short-lived".into()),
            ("count", 3.into()),
            ("ratio", 0.5.into()),
            ("ok", true.into()),
            ("big", "18446744073709551615".into()),
        ]
        .map(|(key, value): (&str, fedtrace::TagValue)| fedtrace::Tag::new(key.to_owned(), value))
    );
}

#[test]
fn a_tag_set_again_has_its_last_value_once() {
    let test = traced(|| {
        let _scope = build_span("op").tag("n", 1).tag("n", 2).start_active();
        set_tag("n", 3);
    });
    let span = test.finished_span("op");
    assert_eq!(span.tag("n"), Some(&3.into()));
    assert_eq!(span.tags.iter().filter(|tag| tag.key == "n").count(), 1);
}

#[test]
fn the_active_span_logs_in_the_order_of_happening() {
    let test = traced(|| {
        let _scope = start_active_span("op");
        log_kv([("event", "first")]);
        log_kv([("event", "second")]);
    });
    let span = test.finished_span("op");
    let events: Vec<_> = span.logs.iter().map(|log| log.fields[0].value.as_str()).collect();
    assert_eq!(events, [Some("first"), Some("second")]);
    assert!(span.logs[0].time >= span.start_time && span.logs[1].time >= span.logs[0].time);
}

#[test]
fn a_span_may_have_started_earlier_than_it_was_built() {
    let received = SystemTime::now() - Duration::from_secs(60);
    let test = traced(|| {
        drop(build_span("active").start_time(received).start_active());
        build_span("handle").start_time(received).start().finish();
    });
    for span in test.finished_spans() {
        assert_eq!(span.start_time, received, "{}", span.operation_name);
        let minute = Duration::from_secs(59)..Duration::from_secs(90);
        assert!(minute.contains(&span.duration), "{:?}", span.duration);
    }
}

#[test]
fn a_start_in_the_future_makes_a_span_of_no_duration() {
    let later = SystemTime::now() + Duration::from_secs(60);
    let test = traced(|| drop(build_span("op").start_time(later).start_active()));
    let span = test.finished_span("op");
    assert_eq!((span.start_time, span.duration), (later, Duration::ZERO));
}

#[test]
fn a_call_that_needs_an_active_span_and_finds_none_is_counted() {
    let test = traced(|| {
        set_tag("key", 1);
        log_kv([("event", "lost")]);
        set_operation_name("lost");
        fedtrace::force_tracing();
    });
    assert_eq!(test.tracer().stats().missing_active_spans, 4);
    assert_eq!(test.finished_spans(), []);
}
