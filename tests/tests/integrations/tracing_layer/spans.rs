//! The shapes of traces: parents, entries, ends.

use std::thread;
use std::time::Duration;

use fedtrace::tracing_layer;
use tracing::{Instrument as _, debug_span, info_span, instrument, trace_span};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use super::traced;
use fedtrace::testing::TestTracer;
use fedtrace::with_tracer;

#[instrument(skip_all)]
fn native() {}

#[test]
fn a_span_is_a_child_of_the_span_that_is_entered() {
    let test = traced(|| {
        let _outer = info_span!("outer").entered();
        info_span!("inner").in_scope(native);
        native();
    });
    test.tree().assert_eq(
        "
        outer
          inner
            native
          native
    ",
    );
}

#[test]
fn a_span_is_a_child_of_its_explicit_parent() {
    let test = traced(|| {
        let parent = info_span!("parent");
        let _other = info_span!("other").entered();
        info_span!(parent: &parent, "child").in_scope(native);
        info_span!(parent: parent.id(), "child by id");
    });
    test.tree().assert_eq(
        "
        parent
          child
            native
          child by id
        other
    ",
    );
}

#[test]
fn a_span_with_the_parent_none_is_a_root() {
    let test = traced(|| {
        let _outer = info_span!("outer").entered();
        info_span!(parent: None, "root").in_scope(native);
    });
    test.tree().assert_eq(
        "
        outer
        root
          native
    ",
    );
    let [outer, root] = ["outer", "root"].map(|name| test.finished_span(name).trace_id);
    assert_ne!(outer, root);
}

#[test]
fn a_span_is_entered_and_left_many_times_and_ends_once() {
    let test = traced(|| {
        let span = info_span!("span");
        for _ in 0..3 {
            span.in_scope(native);
        }
        native();
        span.in_scope(native);
    });
    test.tree().assert_eq(
        "
        span
          native
          native
          native
          native
        native
    ",
    );
}

#[test]
fn a_span_that_is_never_entered_is_reported() {
    let test = traced(|| {
        let _outer = info_span!("outer").entered();
        drop(info_span!("never entered"));
    });
    test.tree().assert_eq(
        "
        outer
          never entered
    ",
    );
}

#[test]
fn a_span_that_is_entered_twice_stays_active_until_it_is_left_twice() {
    let test = traced(|| {
        let span = info_span!("span");
        let inner = info_span!("inner");
        let first = span.enter();
        let other = inner.enter();
        let second = span.enter();
        // As in `tracing`: the second entry does not hide what is entered inside.
        native();
        drop(other);
        native();
        drop(second);
        native();
        drop(first);
        native();
    });
    test.tree().assert_eq(
        "
        span
          native
          native
        inner
          native
        native
    ",
    );
}

#[test]
fn spans_that_are_left_in_another_order_leave_the_others_in_place() {
    let test = traced(|| {
        let (a, b) = (info_span!("A"), info_span!("B"));
        let in_a = a.enter();
        let in_b = b.enter();
        drop(in_a);
        info_span!("in B").in_scope(native);
        drop(in_b);
        info_span!("in nothing").in_scope(native);
    });
    test.tree().assert_eq(
        "
        A
        B
          in B
            native
        in nothing
          native
    ",
    );
    assert_eq!(test.tracer().stats().leaked_scopes, 0);
}

#[test]
fn a_span_is_entered_on_two_threads_at_once() {
    let test = traced(|| {
        let span = info_span!("span");
        let _here = span.enter();
        let there = span.clone();
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        thread::spawn(move || {
            let _entered = there.enter();
            fedtrace::set_tag("set there", true);
            drop(fedtrace::start_active_span("scope there"));
            tracing::dispatcher::with_default(&dispatch, || drop(info_span!("there").entered()));
        })
        .join()
        .unwrap();
        native();
    });
    let span = test.finished_span("span");
    let names = ["there", "scope there", "native"];
    for child in names.map(|name| test.finished_span(name)) {
        assert_eq!(child.parent_span_id, Some(span.span_id), "{child:?}");
    }
    assert_eq!(span.tag("set there"), Some(&true.into()));
}

#[test]
fn a_span_that_another_thread_ends_is_whole() {
    let test = traced(|| {
        let span = info_span!("span", late = tracing::field::Empty);
        span.in_scope(native);
        thread::spawn(move || {
            span.in_scope(|| drop(fedtrace::start_active_span("there")));
            span.record("late", 7);
        })
        .join()
        .unwrap();
    });
    test.tree().with_tags(["late"]).assert_eq(
        "
        span late=7
          native
          there
    ",
    );
}

#[test]
fn a_span_may_end_before_its_children() {
    let test = traced(|| {
        let parent = info_span!("parent");
        let child = parent.in_scope(|| info_span!("child"));
        drop(parent);
        child.in_scope(native);
    });
    test.tree().assert_eq(
        "
        parent
          child
            native
    ",
    );
}

#[tokio::test]
async fn a_future_has_its_span_at_every_poll() {
    let test = TestTracer::new();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(tracing_layer()));
    let _default = tracing::dispatcher::set_default(&dispatch);
    let future = with_tracer(test.tracer(), || {
        let _outer = info_span!("outer").entered();
        async {
            native();
            tokio::task::yield_now().await;
            let inner = async {
                tokio::task::yield_now().await;
                drop(fedtrace::start_active_span("in the inner future"));
            };
            inner.instrument(info_span!("inner")).await;
            drop(fedtrace::start_active_span("in the outer future"));
        }
        .instrument(info_span!("future"))
    });
    tokio::spawn(future).await.unwrap();
    test.tree().assert_eq(
        "
        outer
          future
            native
            inner
              in the inner future
            in the outer future
    ",
    );
}

#[test]
fn a_span_ends_when_it_is_left_last_although_tracing_closes_it_after_its_children() {
    let test = traced(|| {
        let child = info_span!("request").in_scope(|| info_span!("background work"));
        thread::sleep(Duration::from_millis(20));
        drop(child);
    });
    let request = test.finished_span("request");
    assert!(request.duration < Duration::from_millis(20), "{request:?}");
    let never_entered = test.finished_span("background work");
    assert!(
        never_entered.duration >= Duration::from_millis(20),
        "{never_entered:?}"
    );
}

#[test]
fn the_children_of_a_span_that_a_filter_removed_are_children_of_the_next_one() {
    let test = TestTracer::new();
    // The other layer keeps all spans, so they exist, but not for ours.
    let everything = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let ours = tracing_layer().with_filter(LevelFilter::INFO);
    let subscriber = tracing_subscriber::registry().with(everything).with(ours);
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(subscriber, || {
            let _outer = info_span!("outer").entered();
            let removed = debug_span!("removed");
            removed.in_scope(native);
            info_span!(parent: &removed, "explicit child");
            let nested = removed.in_scope(|| trace_span!("nested"));
            info_span!(parent: &nested, "explicit grandchild");
            removed.record("nothing", 1);
        });
    });
    test.tree().assert_eq(
        "
        outer
          native
          explicit child
          explicit grandchild
    ",
    );
}

#[test]
fn a_panic_that_leaves_a_span_marks_it_as_failed() {
    let test = traced(|| {
        let outcome = std::panic::catch_unwind(|| {
            let _entered = info_span!("span").entered();
            panic!("on purpose");
        });
        assert!(outcome.is_err());
    });
    assert_eq!(test.finished_span("span").tag("error"), Some(&true.into()));
}

#[test]
fn a_reference_to_another_span_can_be_added_at_any_time() {
    let test = traced(|| {
        let cause = info_span!("cause");
        let span = info_span!("span");
        let _entered = span.enter();
        span.follows_from(&cause);
        span.follows_from(cause.id());
        span.follows_from(&span);
    });
    let cause = test.finished_span("cause").span_id;
    let span = test.finished_span("span");
    assert!(
        span.references
            .iter()
            .all(|reference| reference.span_id != span.span_id),
        "{span:?}"
    );
    assert!(
        span.references.iter().any(|reference| reference.span_id == cause),
        "{span:?}"
    );
}

#[test]
fn spans_that_are_open_when_the_tracer_is_dropped_disturb_nothing() {
    let test = TestTracer::new();
    let subscriber = tracing_subscriber::registry().with(tracing_layer());
    tracing::subscriber::with_default(subscriber, || {
        let span = with_tracer(test.tracer(), || info_span!("span"));
        let entered = span.enter();
        drop(test);
        native();
        drop(entered);
        span.in_scope(native);
    });
}

#[test]
fn without_a_tracer_there_are_no_spans() {
    let subscriber = tracing_subscriber::registry().with(tracing_layer());
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!("span", field = 1);
        let _entered = span.enter();
        tracing::info!("event");
        assert!(fedtrace::TracingSpanExt::context(&span).is_none());
    });
}
