//! Contexts that leave and enter inside spans of `tracing`.

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, Origin, SpanContext, SpanId, TraceFlags, TraceId, TracingSpanExt as _, extract, inject,
    tracing_layer, with_tracer,
};
use http::HeaderMap;
use tracing::{debug_span, info_span};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use super::traced;

fn remote() -> SpanContext {
    let trace_id = TraceId::new(0xabc).unwrap();
    SpanContext::remote(trace_id, SpanId::new(7).unwrap(), TraceFlags::SAMPLED)
}

fn received(test: &TestTracer, headers: &HeaderMap) -> SpanContext {
    with_tracer(test.tracer(), || extract(headers, Origin::Internal)).unwrap()
}

#[test]
fn a_request_that_leaves_inside_a_span_has_its_context() {
    let mut headers = HeaderMap::new();
    let test = traced(|| {
        let _outer = info_span!("outer").entered();
        let _span = info_span!("span").entered();
        inject(&mut headers, Destination::Internal);
    });
    let sent = received(&test, &headers);
    let span = test.finished_span("span");
    assert_eq!(sent.span_id(), span.span_id);
    assert_eq!(sent.trace_id(), span.trace_id);
}

#[test]
fn a_stranger_gets_nothing() {
    let mut headers = HeaderMap::new();
    traced(|| {
        let _span = info_span!("span").entered();
        inject(&mut headers, Destination::Homeserver("stranger.example.org"));
    });
    assert!(headers.is_empty(), "{headers:?}");
}

#[test]
fn a_span_that_is_not_recorded_still_has_a_context() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    let mut headers = HeaderMap::new();
    with_tracer(test.tracer(), || {
        let subscriber = tracing_subscriber::registry().with(tracing_layer());
        tracing::subscriber::with_default(subscriber, || {
            let _span = info_span!("span").entered();
            let _child = info_span!("child").entered();
            inject(&mut headers, Destination::Internal);
        });
    });
    assert!(!received(&test, &headers).is_sampled());
}

#[test]
fn a_span_that_a_filter_removed_does_not_break_propagation() {
    let test = TestTracer::new();
    let mut headers = HeaderMap::new();
    with_tracer(test.tracer(), || {
        let layer = tracing_layer().with_filter(LevelFilter::INFO);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _outer = info_span!("outer").entered();
            let _removed = debug_span!("removed").entered();
            inject(&mut headers, Destination::Internal);
        });
    });
    let sent = received(&test, &headers);
    assert_eq!(sent.span_id(), test.finished_span("outer").span_id);
}

#[test]
fn a_remote_parent_is_taken_over_before_the_first_child() {
    let test = traced(|| {
        let span = info_span!("span");
        assert!(span.set_parent(remote()));
        span.in_scope(|| info_span!("child").in_scope(|| ()));
        assert!(!span.set_parent(remote()), "there is a child");
    });
    let [span, child] = ["span", "child"].map(|name| test.finished_span(name));
    assert_eq!(span.parent_span_id, Some(remote().span_id()));
    assert_eq!(child.trace_id, remote().trace_id());
    assert_eq!(child.parent_span_id, Some(span.span_id));
}

#[test]
fn a_remote_parent_is_taken_over_while_the_span_is_entered() {
    let test = traced(|| {
        let span = info_span!("span");
        let _entered = span.enter();
        assert!(span.set_parent(remote()));
        drop(info_span!("child"));
        drop(fedtrace::start_active_span("scope"));
    });
    for child in ["child", "scope"].map(|name| test.finished_span(name)) {
        assert_eq!(child.trace_id, remote().trace_id(), "{child:?}");
    }
}

#[test]
fn a_context_and_a_reference_of_a_span_are_reached_from_outside() {
    let test = traced(|| {
        let span = info_span!("span");
        let other = info_span!("other");
        other.add_reference(span.context().unwrap());
        assert_eq!(
            span.in_scope(fedtrace::trace_id),
            span.context().map(|context| context.trace_id())
        );
    });
    let span = test.finished_span("span").span_id;
    let references = test.finished_span("other").references;
    assert!(references.iter().any(|reference| reference.span_id == span));
}

#[test]
fn a_disabled_span_has_no_context() {
    traced(|| {
        let span = tracing::Span::none();
        assert!(span.context().is_none());
        assert!(!span.set_parent(remote()));
        span.add_reference(remote());
    });
}

#[test]
fn a_federation_request_is_the_parent_of_spans_inside_it() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let subscriber = tracing_subscriber::registry().with(tracing_layer());
        tracing::subscriber::with_default(subscriber, || {
            let request = info_span!("request").entered();
            let headers = HeaderMap::new();
            let work = fedtrace::incoming_federation_request(
                &headers,
                Origin::AuthenticatedHomeserver("matrix.org"),
            )
            .run(async { drop(info_span!("handler").entered()) });
            futures::executor::block_on(work);
            drop(request);
        });
    });
    let request = test.finished_span("incoming-federation-request");
    assert_eq!(
        test.finished_span("handler").parent_span_id,
        Some(request.span_id)
    );
}
