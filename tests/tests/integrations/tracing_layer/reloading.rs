//! Layers that come twice, go, or do not see all spans.

use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, active_span, inject, trace, trace_id, tracing_layer, with_tracer, without_active_span,
};
use tracing::{Dispatch, debug_span, info, info_span};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{registry, reload};

#[trace]
fn ours() {}

#[test]
fn a_layer_that_is_reloaded_while_a_span_is_entered_does_not_leave_it_active() {
    let test = TestTracer::new();
    let (layer, handle) = reload::Layer::new(tracing_layer());
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(registry().with(layer), || {
            info_span!("before").in_scope(|| handle.reload(tracing_layer()).unwrap());
            assert!(active_span().is_none());
            info_span!("after").in_scope(ours);
        });
    });
    test.tree().assert_eq(
        "
        before
        after
          ours
    ",
    );
}

#[test]
fn a_second_layer_on_the_same_subscriber_does_nothing() {
    let test = TestTracer::new();
    let subscriber = registry()
        .with(tracing_layer().with_filter(LevelFilter::INFO))
        .with(tracing_layer());
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(subscriber, || {
            let span = info_span!("span", late = tracing::field::Empty);
            let _entered = span.enter();
            span.record("late", 1);
            info!("event");
            ours();
        });
    });
    test.tree().with_tags(["late"]).assert_eq(
        "
        span late=1
          ours
    ",
    );
    assert_eq!(test.finished_span("span").logs.len(), 1);
}

#[test]
fn two_layers_in_one_do_not_panic() {
    let test = TestTracer::new();
    let both = tracing_layer().and_then(tracing_layer());
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(registry().with(both), || {
            info_span!("span").in_scope(ours);
        });
    });
    test.tree().assert_eq(
        "
        span
          ours
    ",
    );
}

/// A subscriber whose other layer keeps spans that ours does not get.
fn filtered() -> Dispatch {
    let everything = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let ours = tracing_layer().with_filter(LevelFilter::INFO);
    Dispatch::new(registry().with(everything).with(ours))
}

#[test]
fn a_removed_span_on_another_thread_passes_everything_on_to_the_span_around_it() {
    let test = TestTracer::new();
    let dispatch = filtered();
    with_tracer(test.tracer(), || {
        tracing::dispatcher::with_default(&dispatch, || {
            let _request = info_span!("request").entered();
            let removed = debug_span!("removed");
            let (tracer, dispatch) = (test.tracer().clone(), dispatch.clone());
            thread::spawn(move || {
                with_tracer(&tracer, || {
                    // Dropped inside: `tracing` closes a parent by the subscriber that is the default then.
                    tracing::dispatcher::with_default(&dispatch, move || {
                        removed.in_scope(inside_of_a_removed_span);
                        drop(removed);
                    });
                });
            })
            .join()
            .unwrap();
        });
    });
    let request = test.finished_span("request");
    for name in ["ours", "theirs", "scope"] {
        let span = test.finished_span(name);
        assert_eq!(span.parent_span_id, Some(request.span_id), "{name}");
    }
    assert_eq!(request.tag("said"), Some(&true.into()));
    assert_eq!(request.logs.len(), 2);
    assert_eq!(test.tracer().stats().missing_active_spans, 0);
}

fn inside_of_a_removed_span() {
    ours();
    drop(info_span!("theirs"));
    drop(fedtrace::start_active_span("scope"));
    fedtrace::set_tag("said", true);
    fedtrace::log_kv([("event", "said")]);
    info!("event");
    let mut headers = http::HeaderMap::new();
    inject(&mut headers, Destination::Internal);
    let trace_id = trace_id().unwrap();
    assert!(
        headers["uber-trace-id"]
            .to_str()
            .unwrap()
            .starts_with(&trace_id.to_string())
    );
    without_active_span(|| assert!(active_span().is_none()));
}

#[tokio::test]
async fn a_removed_span_of_a_task_passes_its_children_on_at_every_poll() {
    use tracing::Instrument as _;

    let test = TestTracer::new();
    let dispatch = filtered();
    let _default = tracing::dispatcher::set_default(&dispatch);
    let task = with_tracer(test.tracer(), || {
        let _request = info_span!("request").entered();
        let work = async {
            tokio::task::yield_now().await;
            ours();
        };
        work.instrument(debug_span!("removed"))
    });
    tokio::spawn(task).await.unwrap();
    test.tree().assert_eq(
        "
        request
          ours
    ",
    );
}

#[test]
fn a_span_that_is_entered_again_where_none_is_active_is_active_there() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(registry().with(tracing_layer()), || {
            let span = info_span!("span");
            let _entered = span.enter();
            without_active_span(|| {
                drop(fedtrace::start_active_span("alone"));
                span.in_scope(|| {
                    info!("event");
                    ours();
                });
                assert!(active_span().is_none());
            });
            drop(fedtrace::start_active_span("after"));
        });
    });
    test.tree().assert_eq(
        "
        span
          ours
          after
        alone
    ",
    );
    assert_eq!(test.finished_span("span").logs.len(), 1);
}
