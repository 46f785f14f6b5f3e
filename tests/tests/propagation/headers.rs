//! What leaves in HTTP headers.

use std::thread;
use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::{SpanTree, TestTracer};
use fedtrace::{
    Destination, Origin, TraceFutureExt, Tracer, build_span, extract, force_tracing,
    incoming_federation_request, inject, inject_response_headers, start_active_span, trace_id, with_tracer,
    without_active_span,
};
use fedtrace_tests::listed_tracer;
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue};

const LISTED: Destination<'_> = Destination::Homeserver("trusted.example:8448");
const NOBODY: [Destination<'_>; 3] = [
    Destination::Homeserver("evil.example"),
    Destination::Client,
    Destination::ThirdParty,
];

fn foreign() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in [
        "uber-trace-id",
        "uberctx-k",
        "traceparent",
        "b3",
        "synapse-trace-id",
        "accept",
    ] {
        headers.append(name, HeaderValue::from_static("theirs"));
        headers.append(name, HeaderValue::from_static("again"));
    }
    headers
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(|name| name.as_str()).collect()
}

#[test]
fn a_listed_homeserver_gets_the_context_of_the_active_span_and_no_more() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("outer");
        force_tracing();
        let context = scope.span().context().unwrap();
        assert!(context.is_forced());
        let mut headers = foreign();
        inject(&mut headers, LISTED);
        let mut left = names(&headers);
        left.sort_unstable();
        assert_eq!(left, ["accept", "uber-trace-id"]);
        let expected = format!("{}:{}:0:1", context.trace_id(), context.span_id());
        assert_eq!(
            headers.get_all("uber-trace-id").iter().collect::<Vec<_>>(),
            [&expected]
        );
    });
}

#[test]
fn everybody_else_gets_nothing_whatever_was_there_with_a_span_without_and_with_tracing_off() {
    let test = listed_tracer();
    let tracer = test.tracer().clone();
    let check = || {
        for destination in NOBODY {
            let mut headers = foreign();
            inject(&mut headers, destination);
            assert_eq!(names(&headers), ["accept"], "{destination:?}");
        }
    };
    check();
    with_tracer(&tracer, || {
        check();
        let _scope = start_active_span("outer");
        check();
    });
    drop(test);
    with_tracer(&tracer, check);
}

#[test]
fn without_a_span_or_with_tracing_off_also_listed_servers_get_nothing() {
    let test = listed_tracer();
    let check = || {
        let mut headers = foreign();
        inject(&mut headers, LISTED);
        assert_eq!(names(&headers), ["accept"]);
    };
    check();
    with_tracer(test.tracer(), check);
}

#[test]
fn an_unsampled_context_is_sent_with_the_flag_clear() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    test.tracer()
        .set_homeserver_whitelist(["trusted.example"])
        .unwrap();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outer");
        for destination in [LISTED, Destination::Internal] {
            let mut headers = HeaderMap::new();
            inject(&mut headers, destination);
            let value = headers["uber-trace-id"].to_str().unwrap();
            assert!(value.ends_with(":0:0"), "{value}");
            assert!(value.starts_with(&trace_id().unwrap().to_string()));
        }
    });
}

#[test]
fn a_span_decides_by_the_whitelist_of_its_own_tracer() {
    let (listing, other) = (listed_tracer(), TestTracer::new());
    let scope = build_span("outer").tracer(listing.tracer()).start_active();
    with_tracer(other.tracer(), || {
        let mut headers = HeaderMap::new();
        inject(&mut headers, LISTED);
        assert!(headers.contains_key("uber-trace-id"));
    });
    drop(scope);
}

#[test]
fn the_trace_id_header_goes_to_internal_and_to_clients_only_when_configured() {
    let silent = listed_tracer();
    let (telling, _telling_guard) = Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .trace_id_for_clients(true)
        .build()
        .unwrap();
    for (tracer, destination, is_told) in [
        (silent.tracer(), Destination::Internal, true),
        (silent.tracer(), Destination::Client, false),
        (silent.tracer(), LISTED, false),
        (&telling, Destination::Client, true),
        (&telling, Destination::Homeserver("evil.example"), false),
        (&telling, Destination::ThirdParty, false),
    ] {
        with_tracer(tracer, || {
            let _scope = start_active_span("outer");
            let mut headers = foreign();
            inject_response_headers(&mut headers, destination);
            let told: Vec<_> = headers.get_all("synapse-trace-id").iter().collect();
            let expected = format!("{:x}", trace_id().unwrap());
            assert_eq!(
                told,
                Vec::from_iter(is_told.then_some(&expected)),
                "{destination:?}"
            );
            assert!(!headers.contains_key("uber-trace-id"));
        });
    }
}

#[test]
fn an_answer_to_an_authenticated_homeserver_does_not_tell_the_id_whatever_span_the_request_has() {
    let builder = Tracer::builder("test").reporter(MemoryReporter::new());
    let (tracer, _guard) = builder.trace_id_for_clients(true).build().unwrap();
    let is_told = || {
        let mut headers = HeaderMap::new();
        inject_response_headers(&mut headers, Destination::Client);
        !headers.is_empty()
    };
    with_tracer(&tracer, || {
        for (origin, expected) in [
            (Origin::Unauthenticated, true),
            (Origin::AuthenticatedHomeserver("stranger.example"), false),
        ] {
            let request = start_active_span("request");
            let handler = start_active_span("handler");
            assert!(is_told());
            assert_eq!(extract(&HeaderMap::new(), origin), None);
            assert_eq!(is_told(), expected);
            drop(handler);
            assert_eq!(is_told(), expected);
            drop(request);
            // Without a span around it.
            let incoming = incoming_federation_request(&HeaderMap::new(), origin);
            assert_eq!(block_on(incoming.run(async { is_told() })), expected);
        }
    });
}

#[test]
fn an_answer_to_a_homeserver_does_not_tell_the_id_wherever_in_the_request_the_context_is_looked_for() {
    let builder = Tracer::builder("test").reporter(MemoryReporter::new());
    let (tracer, _guard) = builder.trace_id_for_clients(true).build().unwrap();
    let look = || {
        let origin = Origin::AuthenticatedHomeserver("stranger.example");
        assert_eq!(extract(&HeaderMap::new(), origin), None);
    };
    let is_told = || {
        let mut headers = HeaderMap::new();
        inject_response_headers(&mut headers, Destination::Client);
        !headers.is_empty()
    };
    let on_another_thread = |look: &(dyn Fn() + Sync)| {
        let check = build_span("check").start_detached();
        thread::scope(|scope| scope.spawn(|| check.in_scope(look)).join().unwrap());
    };
    with_tracer(&tracer, || {
        let request = build_span("request").start_detached();
        request.in_scope(|| {
            assert!(is_told());
            on_another_thread(&look);
            assert!(!is_told());
        });
        let scope = start_active_span("request");
        assert!(is_told());
        without_active_span(look);
        assert!(!is_told());
        drop(scope);
        // Also if it gets its parent later.
        let before = build_span("before").start_detached();
        let request = build_span("request").start_detached();
        request.in_scope(look);
        assert!(request.span().set_parent(before.span().context().unwrap()));
        request.in_scope(|| assert!(!is_told()));
    });
}

#[fedtrace::trace(level = "trace")]
fn inject_in_detail(headers: &mut HeaderMap) {
    inject(headers, Destination::Internal);
}

#[test]
fn a_span_that_its_level_leaves_out_does_not_stop_propagation() {
    let reporter = MemoryReporter::new();
    let builder = Tracer::builder("a.example").reporter(reporter.clone());
    let (tracer, guard) = builder.levels("info".parse().unwrap()).build().unwrap();
    let mut headers = HeaderMap::new();
    let context = with_tracer(&tracer, || {
        let request = build_span("request").start_active();
        inject_in_detail(&mut headers);
        request.span().context()
    });
    let sent = headers["uber-trace-id"].to_str().unwrap();
    let context = context.unwrap();
    let of_request = format!("{}:{}:", context.trace_id(), context.span_id());
    assert!(sent.starts_with(&of_request), "{sent}");
    guard.shutdown(Duration::from_secs(10)).unwrap();
    SpanTree::new(reporter.finished_spans()).assert_eq("request");
}

#[test]
fn inject_works_inside_a_traced_future() {
    let test = listed_tracer();
    let span = build_span("future").tracer(test.tracer()).start();
    let context = span.context().unwrap();
    let mut future = std::pin::pin!(
        async {
            let mut headers = HeaderMap::new();
            inject(&mut headers, Destination::Internal);
            headers
        }
        .in_span(span)
    );
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(headers) = std::future::Future::poll(future.as_mut(), &mut cx) else {
        panic!("it has nothing to wait for");
    };
    let value = headers["uber-trace-id"].to_str().unwrap();
    assert!(value.starts_with(&context.trace_id().to_string()), "{value}");
}
