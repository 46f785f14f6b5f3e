//! Requests of other homeservers: a span of our own first, the trace of the sender after authentication.

use std::future;
use std::pin::pin;

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, Origin, ReferenceKind, TraceFutureExt, build_span, incoming_federation_request, set_tag,
    start_active_span, with_tracer,
};
use fedtrace_tests::{listed_tracer, poll_once};
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue};

const LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("trusted.example");
const UNLISTED: Origin<'_> = Origin::AuthenticatedHomeserver("evil.example");
const INCOMING: &str = "incoming-federation-request";
const MARKER: &str = "process-federation_request";

fn headers() -> HeaderMap {
    let value = HeaderValue::from_static("abc:de:0:1");
    HeaderMap::from_iter([(http::HeaderName::from_static("uber-trace-id"), value)])
}

/// A request as a server handles it: a span, authentication, the rest.
async fn handle(origin: Origin<'_>, headers: &HeaderMap) {
    let request = build_span("incoming-request").start();
    async {
        drop(start_active_span("authenticate"));
        let incoming = incoming_federation_request(headers, origin);
        incoming.span().set_tag("txn_id", "1");
        incoming.run(async { set_tag("handled", true) }).await;
        drop(start_active_span("respond"));
    }
    .in_span(request)
    .await;
}

fn follows(span: &FinishedSpan, cause: &FinishedSpan) -> bool {
    let mut causes = span
        .references
        .iter()
        .filter(|reference| reference.kind == ReferenceKind::FollowsFrom);
    causes.next().map(|cause| (cause.trace_id, cause.span_id)) == Some((cause.trace_id, cause.span_id))
        && causes.next().is_none()
}

#[test]
fn after_authentication_the_trace_of_the_sender_goes_on_and_each_trace_leads_to_the_other() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || block_on(handle(LISTED, &headers())));
    let (request, incoming) = (
        test.finished_span("incoming-request"),
        test.finished_span(INCOMING),
    );
    assert_ne!(request.trace_id, incoming.trace_id);
    assert_eq!(incoming.trace_id.get(), 0xabc);
    assert_eq!(incoming.parent_span_id.map(|id| id.get()), Some(0xde));
    assert!(follows(&incoming, &request));
    for (key, expected) in [
        ("span.kind", "server"),
        ("peer.service", "trusted.example"),
        ("txn_id", "1"),
        ("handled", "true"),
    ] {
        assert_eq!(
            incoming.tag(key).map(ToString::to_string).as_deref(),
            Some(expected)
        );
    }
    let marker = test.finished_span(MARKER);
    assert_eq!(marker.trace_id, request.trace_id);
    assert_eq!(marker.parent_span_id, Some(request.span_id));
    assert!(follows(&marker, &incoming));
    assert!(marker.start_time >= request.start_time && marker.duration <= request.duration);
    let respond = test.finished_span("respond");
    assert_eq!(respond.parent_span_id, Some(request.span_id));
}

#[test]
fn without_a_context_that_we_believe_it_is_a_child_of_the_request_and_there_is_no_marker() {
    for (origin, headers) in [
        (UNLISTED, headers()),
        (Origin::Unauthenticated, headers()),
        (LISTED, HeaderMap::new()),
    ] {
        let test = listed_tracer();
        with_tracer(test.tracer(), || block_on(handle(origin, &headers)));
        test.tree().assert_eq(
            "
            incoming-request
              authenticate
              incoming-federation-request
              respond
            ",
        );
        assert!(
            test.finished_span(INCOMING)
                .references
                .iter()
                .all(|reference| { reference.kind == ReferenceKind::ChildOf })
        );
    }
}

#[test]
fn it_is_a_server_unless_the_request_is_recorded_as_one() {
    for is_recorded in [true, false] {
        let test = TestTracer::with_sampler(ConstSampler::new(is_recorded));
        test.tracer()
            .set_homeserver_whitelist(["trusted.example"])
            .unwrap();
        with_tracer(test.tracer(), || {
            let _request = build_span("incoming-request")
                .tag("span.kind", "server")
                .start_active();
            let incoming = incoming_federation_request(&headers(), LISTED);
            block_on(incoming.run(future::ready(())));
        });
        let incoming = test.finished_span(INCOMING);
        assert_eq!(incoming.tag("span.kind").is_none(), is_recorded);
    }
}

#[test]
fn a_request_that_is_cancelled_ends_both_spans() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let _request = start_active_span("incoming-request");
        let mut work = Box::pin(incoming_federation_request(&headers(), LISTED).run(future::pending::<()>()));
        assert!(!poll_once(work.as_mut()));
        drop(work);
        drop(incoming_federation_request(&headers(), LISTED));
    });
    let spans = test.finished_spans();
    let names: Vec<_> = spans.iter().map(|span| &*span.operation_name).collect();
    assert_eq!(names, [INCOMING, MARKER, INCOMING, MARKER, "incoming-request"]);
    assert!(spans[0].tag("cancelled").is_some());
}

#[test]
fn the_marker_ends_when_the_work_is_done_and_not_when_its_future_is_dropped() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let _request = start_active_span("incoming-request");
        let mut work = pin!(incoming_federation_request(&headers(), LISTED).run(future::ready(())));
        assert!(poll_once(work.as_mut()));
        drop(start_active_span("later"));
    });
    let names: Vec<_> = test
        .finished_spans()
        .into_iter()
        .map(|span| span.operation_name)
        .collect();
    assert_eq!(names, [INCOMING, MARKER, "later", "incoming-request"]);
}

#[test]
fn without_a_span_of_the_request_the_trace_of_the_sender_goes_on_without_a_marker() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        block_on(incoming_federation_request(&headers(), LISTED).run(future::ready(())));
    });
    let spans = test.finished_spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].trace_id.get(), 0xabc);
}

#[test]
fn with_tracing_off_the_work_is_done() {
    assert_eq!(
        block_on(incoming_federation_request(&headers(), LISTED).run(future::ready(7))),
        7
    );
}
