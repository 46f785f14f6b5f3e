//! Spans as handles: on other threads, after their end, and for longer than their scope.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    Span, SpanContext, Tag, TraceFlags, active_span, build_span, set_tag, start_active_span, with_tracer,
};

#[test]
fn a_handle_can_be_cloned_sent_and_shared() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<Span>();
    check::<SpanContext>();
}

#[test]
fn all_clones_are_handles_of_the_same_span() {
    let test = TestTracer::new();
    let span = with_tracer(test.tracer(), || build_span("op").start());
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let span = span.clone();
            thread::spawn(move || {
                span.set_tag(format!("thread {n}"), n);
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    span.finish();

    let span = test.finished_span("op");
    for n in 0..4 {
        assert_eq!(span.tag(&format!("thread {n}")), Some(&n.into()));
    }
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
}

#[test]
fn use_after_finish_is_ignored_and_counted() {
    let test = TestTracer::new();
    let span = with_tracer(test.tracer(), || build_span("used too late").start());
    span.finish();
    span.set_tag("late", true);
    span.log_kv([("event", "late")]);
    span.set_operation_name("late");
    span.force_tracing();
    span.finish();
    span.clone().finish_at(SystemTime::now());

    let finished = test.finished_span("used too late");
    assert_eq!(finished.tag("late"), None);
    assert_eq!(finished.logs, []);
    assert_eq!(finished.flags, TraceFlags::SAMPLED);
    assert_eq!(test.tracer().stats().uses_after_finish, 6);
}

#[test]
fn a_span_is_over_when_its_scope_is_closed_whatever_handles_there_are() {
    let test = TestTracer::new();
    let span = with_tracer(test.tracer(), || start_active_span("op").span());
    assert_eq!(test.finished_spans().len(), 1);
    assert_eq!(test.tracer().stats().uses_after_finish, 0);
    span.set_tag("late", true);
    assert_eq!(test.tracer().stats().uses_after_finish, 1);
    drop(span);
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
    assert_eq!(test.finished_spans().len(), 1);
}

#[test]
fn a_span_finished_while_active_stays_the_parent_and_is_reported_once() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("early");
        scope.span().finish();
        drop(start_active_span("child"));
        set_tag("late", true);
        drop(scope);
    });
    test.tree().with_tags(["late"]).assert_eq("early\n  child");
    assert_eq!(test.tracer().stats().uses_after_finish, 1);
}

#[test]
fn the_last_handle_dropped_on_an_unfinished_span_finishes_and_counts_it() {
    let test = TestTracer::new();
    let span = with_tracer(test.tracer(), || build_span("abandoned").start());
    let clone = span.clone();
    drop(span);
    assert_eq!(test.finished_spans(), []);
    thread::spawn(move || {
        clone.set_tag("last", true);
        drop(clone);
    })
    .join()
    .unwrap();
    test.tree().with_tags(["last"]).assert_eq("abandoned last=true");
    assert_eq!(test.tracer().stats().abandoned_spans, 1);
}

#[test]
fn a_finished_span_is_not_abandoned() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let span = build_span("finished").start();
        span.finish();
        drop(span);
    });
    assert_eq!(test.finished_spans().len(), 1);
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_span_not_finished_on_close_is_finished_later_on_another_thread() {
    let test = TestTracer::new();
    let (send, receive) = mpsc::channel::<Span>();
    let (tell, told) = mpsc::channel::<()>();
    let finisher = thread::spawn(move || {
        let span = receive.recv().unwrap();
        told.recv().unwrap();
        span.set_tag("from", "another thread");
        span.finish();
    });
    with_tracer(test.tracer(), || {
        let _outer = start_active_span("outer");
        let scope = build_span("response").finish_on_close(false).start_active();
        drop(start_active_span("child"));
        send.send(scope.span()).unwrap();
        drop(scope);
        assert_eq!(
            active_span().map(|span| span.context()),
            Some(_outer.span().context())
        );
    });
    let names: Vec<_> = test
        .finished_spans()
        .into_iter()
        .map(|s| s.operation_name)
        .collect();
    assert_eq!(names, ["child", "outer"]);

    tell.send(()).unwrap();
    finisher.join().unwrap();
    test.tree()
        .with_tags(["from"])
        .assert_eq("outer\n  response from=another thread\n    child");
    let stats = test.tracer().stats();
    assert_eq!((stats.abandoned_spans, stats.uses_after_finish), (0, 0));
}

#[test]
fn a_span_not_finished_on_close_of_which_nobody_has_a_handle_is_finished_and_counted() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        drop(build_span("root").finish_on_close(false).start_active());
    });
    test.tree().assert_eq("root");
    assert_eq!(test.tracer().stats().abandoned_spans, 1);
}

#[test]
fn finish_at_ends_a_span_at_that_time() {
    let test = TestTracer::new();
    let start = SystemTime::now() - Duration::from_secs(30);
    let span = with_tracer(test.tracer(), || build_span("op").start_time(start).start());
    span.finish_at(start + Duration::from_millis(1500));
    let span = test.finished_span("op");
    assert_eq!(
        (span.start_time, span.duration),
        (start, Duration::from_millis(1500))
    );
}

#[test]
fn finish_at_a_time_before_the_start_makes_a_span_of_no_duration() {
    let test = TestTracer::new();
    let span = with_tracer(test.tracer(), || build_span("op").start());
    span.finish_at(SystemTime::UNIX_EPOCH);
    assert_eq!(test.finished_span("op").duration, Duration::ZERO);
}

#[test]
fn tags_and_logs_through_handles_and_on_the_active_span_are_of_one_span() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = build_span("op").tag("built", 1).start_active();
        set_tag("before", 2);
        let handle = scope.span();
        thread::scope(|threads| {
            threads.spawn(|| {
                handle.set_tag("elsewhere", 3);
                handle.log_kv([Tag::new("event", "elsewhere"), Tag::new("n", 4)]);
            });
        });
        set_tag("after", 5);
        set_tag("built", 6);
        active_span().unwrap().set_tag("active", 7);
    });
    test.tree()
        .with_tags(["built", "before", "elsewhere", "after", "active"])
        .assert_eq("op built=6 before=2 elsewhere=3 after=5 active=7");
    let logs = test.finished_span("op").logs;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].fields, [Tag::new("event", "elsewhere"), Tag::new("n", 4)]);
}

#[test]
fn a_handle_of_a_span_further_down_the_stack_writes_on_that_span() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        let _inner = start_active_span("inner");
        outer.span().set_tag("whose", "outer");
        set_tag("whose", "inner");
    });
    test.tree()
        .with_tags(["whose"])
        .assert_eq("outer whose=outer\n  inner whose=inner");
}

#[test]
fn a_child_started_after_force_tracing_from_another_thread_is_sampled() {
    let test = TestTracer::with_sampler(fedtrace::sampler::ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let scope = start_active_span("root");
        drop(start_active_span("before"));
        let handle = scope.span();
        thread::spawn(move || handle.force_tracing()).join().unwrap();
        drop(start_active_span("after"));
    });
    test.tree().assert_eq("root\n  after");
    assert_eq!(test.finished_span("after").flags, TraceFlags::FORCED);
}

#[test]
fn no_number_of_changes_through_a_handle_hides_the_last_from_children() {
    let test = TestTracer::with_sampler(fedtrace::sampler::ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let scope = start_active_span("root");
        let handle = scope.span();
        for changes in 1..=600 {
            for change in 0..changes {
                handle.set_tag("sampling.priority", change % 2);
            }
            let sampled = handle.context().unwrap().is_sampled();
            let child = start_active_span("child");
            let context = child.span().context().unwrap();
            assert_eq!(context.is_sampled(), sampled, "after {changes} changes");
        }
    });
}

#[test]
fn a_handle_outlives_its_tracer_without_harm() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let span = with_tracer(&tracer, || build_span("op").start());
    drop(test);
    span.set_tag("late", 1);
    span.finish();
    assert_eq!(tracer.stats().after_close_spans, 1);
}

#[test]
fn use_after_finish_is_counted_also_for_a_span_that_is_not_sampled() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let span = build_span("unsampled").start();
        span.finish();
        span.set_tag("key", 1);
        span.log_kv([("event", "late")]);
    });
    assert_eq!(test.tracer().stats().uses_after_finish, 2);
}
