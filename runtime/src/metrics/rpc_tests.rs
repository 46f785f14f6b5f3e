//! Tests of the metrics of incoming requests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::model::tag::tags;
use crate::propagation::incoming_request::incoming_federation_request;
use crate::reporter::memory::MemoryReporter;
use crate::sampling::sampler::constant::ConstSampler;
use crate::span::active::{active_span, force_tracing, set_operation_name, set_tag};
use crate::span::builder::{SpanBuilder, build_span, start_active_span};
use crate::span::future::in_span::TraceFutureExt;
use crate::span::handle::Span;
use crate::tracer::core::Tracer;
use crate::tracer::global::with_tracer;
use crate::trust::parties::Origin;
use crate::worker::guard::TracerGuard;

fn tracer(sampled: bool) -> (Tracer, TracerGuard) {
    Tracer::builder("s")
        .sampler(ConstSampler::new(sampled))
        .reporter(MemoryReporter::new())
        .rpc_metrics(true)
        .build()
        .unwrap()
}

/// Runs `work` with a tracer that records nothing, and with one that records everything.
fn both(work: impl Fn()) -> [Tracer; 2] {
    [false, true].map(|sampled| {
        let (tracer, guard) = tracer(sampled);
        with_tracer(&tracer, &work);
        guard.shutdown(Duration::from_secs(20)).unwrap();
        tracer
    })
}

fn request(name: &'static str) -> SpanBuilder {
    build_span(name).tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
}

/// A value in the text for Prometheus, zero if it is missing. `labels` leaves out the first label.
fn value(tracer: &Tracer, name: &str, labels: &str) -> f64 {
    let begin = format!("jaeger_rpc_{name}{{service=\"s\",{labels}}} ");
    let text = tracer.prometheus_text();
    let mut found = text.lines().filter_map(|line| line.strip_prefix(&begin));
    let value = found.next().map_or(0.0, |value| value.parse().unwrap());
    assert_eq!(found.next(), None);
    value
}

/// Asserts how many requests succeeded and failed.
#[track_caller]
fn assert_requests(tracer: &Tracer, endpoint: &str, expected: [u64; 2]) {
    for (error, expected) in ["false", "true"].into_iter().zip(expected) {
        let labels = format!("endpoint=\"{endpoint}\",error=\"{error}\"");
        let found = [
            value(tracer, "requests_total", &labels),
            value(tracer, "request_latency_count", &labels),
            value(tracer, "request_latency_bucket", &format!("{labels},le=\"+Inf\"")),
        ];
        assert_eq!(found, [expected as f64; 3], "{endpoint} {error}");
    }
}

fn endpoints(tracer: &Tracer) -> Vec<String> {
    let text = tracer.prometheus_text();
    let begin = "jaeger_rpc_requests_total{service=\"s\",endpoint=\"";
    let lines = text.lines().filter_map(|line| line.strip_prefix(begin));
    lines
        .filter_map(|rest| rest.split_once("\",error=\"false\""))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn a_request_counts_whether_it_is_recorded_or_not() {
    for tracer in both(|| {
        request("scope").start_active().close();
        request("handle").start().finish();
        drop(request("abandoned").start());
        let moved = request("other thread").start();
        thread::spawn(move || moved.finish()).join().unwrap();
        request("twice").start().finish();
        request("twice").start().finish();
    }) {
        assert_requests(&tracer, "scope", [1, 0]);
        assert_requests(&tracer, "handle", [1, 0]);
        assert_requests(&tracer, "abandoned", [1, 0]);
        assert_requests(&tracer, "other-thread", [1, 0]);
        assert_requests(&tracer, "twice", [2, 0]);
    }
}

#[test]
fn a_span_is_finished_and_counted_once() {
    for tracer in both(|| {
        let scope = request("r").finish_on_close(false).start_active();
        let span = scope.span();
        drop(scope);
        assert_eq!(active_span().map(drop), None);
        span.finish();
        span.finish();
        span.set_tag(tags::ERROR, true);
    }) {
        assert_requests(&tracer, "r", [1, 0]);
    }
}

#[test]
fn only_spans_of_the_kind_server_are_requests() {
    for tracer in both(|| {
        build_span("client")
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .start()
            .finish();
        build_span("number").tag(tags::SPAN_KIND, 1).start().finish();
        build_span("none")
            .tag(tags::HTTP_STATUS_CODE, 200)
            .start()
            .finish();
        drop(start_active_span("plain"));
        let _server = request("server").start_active();
        drop(start_active_span("child"));
        let changed = request("changed").start();
        changed.set_tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT);
    }) {
        assert_eq!(endpoints(&tracer), ["server"]);
    }
}

#[test]
fn the_kind_may_be_said_after_the_start() {
    for tracer in both(|| {
        let handle = build_span("handle").start();
        handle.set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
        let early = build_span("error first").tag(tags::ERROR, true).start_active();
        set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
        drop(early);
        let _active = start_active_span("active");
        set_tag(tags::ERROR, true);
        set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    }) {
        assert_requests(&tracer, "handle", [1, 0]);
        assert_requests(&tracer, "error-first", [0, 1]);
        assert_requests(&tracer, "active", [0, 1]);
    }
}

#[test]
fn a_request_failed_if_its_tag_error_is_true() {
    type Set = fn(&Span) -> &Span;
    let errors: [(&'static str, Set); 6] = [
        ("true", |span| span.set_tag(tags::ERROR, true)),
        ("text", |span| span.set_tag(tags::ERROR, "true")),
        ("false", |span| span.set_tag(tags::ERROR, false)),
        ("taken back", |span| {
            span.set_tag(tags::ERROR, true).set_tag(tags::ERROR, "false")
        }),
        ("message", |span| span.set_tag(tags::ERROR, "no such room")),
        ("status", |span| span.set_tag(tags::HTTP_STATUS_CODE, 500)),
    ];
    for tracer in both(|| {
        for (name, set) in errors {
            let span = request(name).start();
            set(&span);
        }
        request("built").tag(tags::ERROR, true).start_active().close();
    }) {
        for failed in ["true", "text", "built"] {
            assert_requests(&tracer, failed, [0, 1]);
        }
        for succeeded in ["false", "taken-back", "message", "status"] {
            assert_requests(&tracer, succeeded, [1, 0]);
        }
    }
}

#[test]
fn a_handler_that_panics_failed() {
    for tracer in both(|| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _scope = request("scope").start_active();
            panic!("as a handler may");
        }));
        assert!(panicked.is_err());
        let future = Box::pin(async { panic!("as a handler may") }.in_span(request("future").start()));
        let polled = catch_unwind(AssertUnwindSafe(|| poll(future)));
        assert!(polled.is_err());
        drop(async {}.in_span(request("cancelled").start()));
    }) {
        assert_requests(&tracer, "scope", [0, 1]);
        assert_requests(&tracer, "future", [0, 1]);
        assert_requests(&tracer, "cancelled", [1, 0]);
    }
}

fn poll<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

mod handlers {
    use crate as fedtrace;
    use fedtrace::{set_tag, tags, trace};

    #[trace(crate = fedtrace)]
    pub(super) fn handle(fail: bool) -> Result<(), &'static str> {
        set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
        if fail { Err("refused") } else { Ok(()) }
    }

    #[trace(crate = fedtrace)]
    pub(super) async fn handle_async(fail: bool) -> Result<(), &'static str> {
        set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
        handle_inside(fail)
    }

    #[trace(crate = fedtrace)]
    fn handle_inside(fail: bool) -> Result<(), &'static str> {
        if fail { Err("refused") } else { Ok(()) }
    }
}

#[test]
fn an_annotated_handler_that_gives_an_error_failed() {
    for tracer in both(|| {
        for fail in [true, false, true] {
            assert_eq!(handlers::handle(fail).is_err(), fail);
            assert_eq!(poll(handlers::handle_async(fail)).is_err(), fail);
        }
    }) {
        assert_requests(&tracer, "handle", [1, 2]);
        assert_requests(&tracer, "handle_async", [1, 2]);
        assert_eq!(endpoints(&tracer).len(), 2);
    }
}

#[test]
fn a_request_that_is_forced_counts_once() {
    let [tracer, _] = both(|| {
        let _scope = request("forced").start_active();
        force_tracing();
        set_tag(tags::HTTP_STATUS_CODE, 404);
    });
    assert_eq!(tracer.stats().finished_sampled_spans, 1);
    assert_requests(&tracer, "forced", [1, 0]);
    let labels = "endpoint=\"forced\",status_code=\"4xx\"";
    assert_eq!(value(&tracer, "http_requests_total", labels), 1.0);
}

#[test]
fn a_request_counts_under_the_name_that_it_had_last_and_without_one_not_at_all() {
    for tracer in both(|| {
        let _scope = request("before").start_active();
        set_operation_name(format!("GET {}", "/_matrix/federation/v1/event/{id}"));
        request("").start().finish();
        request("name taken away").start().set_operation_name("");
    }) {
        assert_eq!(endpoints(&tracer), ["GET-/_matrix/federation/v1/event/-id-"]);
    }
}

#[test]
fn a_long_name_is_cut_and_each_byte_outside_of_the_set_is_a_hyphen() {
    for tracer in both(|| {
        request("a-zA-Z0-9_/. \"\\\n\u{e4}").start().finish();
        build_span("x".repeat(1_000))
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .start()
            .finish();
    }) {
        assert_eq!(
            endpoints(&tracer),
            ["a-zA-Z0-9_/.------".to_owned(), "x".repeat(256)]
        );
    }
}

#[test]
fn the_two_hundred_and_first_endpoint_and_those_after_it_are_other() {
    for tracer in both(|| {
        for endpoint in (0..203).chain([0, 202]) {
            build_span(format!("endpoint {endpoint:03}"))
                .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
                .start()
                .finish();
        }
    }) {
        assert_eq!(endpoints(&tracer).len(), 201);
        assert_requests(&tracer, "endpoint-000", [2, 0]);
        assert_requests(&tracer, "endpoint-199", [1, 0]);
        assert_requests(&tracer, "endpoint-200", [0, 0]);
        assert_requests(&tracer, "other", [4, 0]);
    }
}

#[test]
fn a_status_code_counts_by_its_class() {
    for tracer in both(|| {
        for code in [100, 200, 204, 299, 302, 404, 499, 500, 599, 600, 70_000, -200] {
            request("r").tag(tags::HTTP_STATUS_CODE, code).start().finish();
        }
        let changed = request("r").tag(tags::HTTP_STATUS_CODE, 200).start();
        changed.set_tag(tags::HTTP_STATUS_CODE, "503");
        changed.set_tag(tags::HTTP_STATUS_CODE, "unknown");
        changed.finish();
        request("r").start().finish();
    }) {
        let classes = ["2xx", "3xx", "4xx", "5xx"].map(|class| {
            let labels = format!("endpoint=\"r\",status_code=\"{class}\"");
            value(&tracer, "http_requests_total", &labels)
        });
        assert_eq!(classes, [3.0, 1.0, 2.0, 3.0]);
        assert_requests(&tracer, "r", [14, 0]);
    }
}

#[test]
fn the_latency_is_that_of_the_span_also_where_its_times_are_given() {
    for tracer in both(|| {
        let start = SystemTime::now() - Duration::from_secs(60);
        let begun = || request("given").start_time(start).start();
        begun().finish_at(start + Duration::from_millis(10));
        begun().finish_at(start + Duration::from_millis(11));
        begun().finish_at(start + Duration::from_secs(3));
        begun().finish_at(start - Duration::from_secs(3));
        request("long ago").start_time(start).start().finish();
        request("ends later")
            .start()
            .finish_at(SystemTime::now() + Duration::from_secs(60));
        let now = request("now").start();
        thread::sleep(Duration::from_millis(30));
        now.finish();
    }) {
        let of = |endpoint, metric: &str, more: &str| {
            let labels = format!("endpoint=\"{endpoint}\",error=\"false\"{more}");
            value(&tracer, &format!("request_latency_{metric}"), &labels)
        };
        let up_to = |endpoint, bound| of(endpoint, "bucket", &format!(",le=\"{bound}\""));
        let bounds = ["0.005", "0.01", "0.025", "1", "2.5", "5", "10"];
        assert_eq!(
            bounds.map(|bound| up_to("given", bound)),
            [1.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0]
        );
        assert!((of("given", "sum", "") - 3.021).abs() < 1e-6);
        for minute in ["long-ago", "ends-later"] {
            let seconds = of(minute, "sum", "");
            assert!((59.0..100.0).contains(&seconds), "{minute}: {seconds}");
            assert_eq!(up_to(minute, "10"), 0.0);
        }
        let seconds = of("now", "sum", "");
        assert!((0.03..10.0).contains(&seconds), "{seconds}");
        assert_eq!(up_to("now", "0.025"), 0.0);
    }
}

#[test]
fn the_request_of_another_homeserver_counts_while_its_future_runs() {
    for tracer in both(|| {
        let headers = http::HeaderMap::new();
        let incoming = incoming_federation_request(&headers, Origin::AuthenticatedHomeserver("a.example"));
        poll(incoming.run(async { set_tag(tags::HTTP_STATUS_CODE, 200) }));
    }) {
        assert_requests(&tracer, "incoming-federation-request", [1, 0]);
        let labels = "endpoint=\"incoming-federation-request\",status_code=\"2xx\"";
        assert_eq!(value(&tracer, "http_requests_total", labels), 1.0);
    }
}

#[test]
fn requests_are_counted_on_all_threads_at_once() {
    let (tracer, _guard) = tracer(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                with_tracer(&tracer, || {
                    for endpoint in 0..300 {
                        build_span(format!("{}", endpoint % 100))
                            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
                            .start_active()
                            .close();
                    }
                });
            });
        }
    });
    assert_eq!(endpoints(&tracer).len(), 100);
    for endpoint in 0..100 {
        assert_requests(&tracer, &endpoint.to_string(), [12, 0]);
    }
}

#[test]
fn without_rpc_metrics_requests_are_not_counted() {
    let (tracer, _guard) = Tracer::builder("s")
        .reporter(MemoryReporter::new())
        .build()
        .unwrap();
    with_tracer(&tracer, || request("r").start().finish());
    assert!(!tracer.prometheus_text().contains("jaeger_rpc_"));
}

#[test]
fn tracers_of_one_service_add_up_their_requests() {
    let (one, _guard) = tracer(true);
    let (two, _other_guard) = tracer(false);
    with_tracer(&one, || {
        request("a").start().finish();
        request("b").start().finish();
    });
    with_tracer(&two, || {
        request("b").start().finish();
        request("c").start().finish();
    });
    let text = crate::tracer::metrics::prometheus_text([&one, &two]);
    for (endpoint, expected) in [("a", 1), ("b", 2), ("c", 1)] {
        for (metric, more) in [("requests_total", ""), ("request_latency_bucket", ",le=\"10\"")] {
            let line = format!(
                "jaeger_rpc_{metric}{{service=\"s\",endpoint=\"{endpoint}\",error=\"false\"{more}}} {expected}"
            );
            assert_eq!(
                text.lines().filter(|found| *found == line).count(),
                1,
                "{line}\n{text}"
            );
        }
    }
}

#[test]
fn a_request_of_a_homeserver_counts_once_as_the_span_that_it_had_first() {
    let headers = http::HeaderMap::from_iter([(
        http::HeaderName::from_static("uber-trace-id"),
        "1:2:0:1".parse().unwrap(),
    )]);
    for sent in [http::HeaderMap::new(), headers] {
        for tracer in both(|| {
            let scope = request("route").start_active();
            let incoming = incoming_federation_request(&sent, Origin::Internal);
            incoming.span().set_tag(tags::HTTP_STATUS_CODE, 200);
            drop(incoming);
            scope.close();
            // Also from a handler with a span of its own, whose tags say nothing.
            let scope = request("handled").start_active();
            let handler = start_active_span("handler");
            drop(incoming_federation_request(&sent, Origin::Internal));
            handler.close();
            set_tag(tags::HTTP_STATUS_CODE, 403);
            scope.close();
            // Without another request span around it, this span is the request.
            let scope = start_active_span("no request");
            drop(incoming_federation_request(&sent, Origin::Internal));
            scope.close();
        }) {
            assert_requests(&tracer, "route", [1, 0]);
            assert_requests(&tracer, "handled", [1, 0]);
            assert_requests(&tracer, "incoming-federation-request", [1, 0]);
        }
    }
}

#[cfg(feature = "tower")]
mod layered {
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::task::{Context, Poll};

    use axum::body::Body;
    use http::{Request, Response};
    use tower_layer::Layer as _;
    use tower_service::Service;

    use super::*;
    use crate::integration::tower::{AuthenticatedOrigin, FederationLayer, ServerLayer};

    #[derive(Clone)]
    struct Answer;

    impl Service<Request<()>> for Answer {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            ready(Ok(Response::new(Body::empty())))
        }
    }

    /// Authenticates, and then calls its service on another thread.
    struct OnThread<S>(S, Tracer);

    impl<S: Service<Request<()>, Future: Send> + Send> Service<Request<()>> for OnThread<S> {
        type Response = S::Response;
        type Error = S::Error;
        type Future = S::Future;

        fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
            self.0.poll_ready(cx)
        }

        fn call(&mut self, mut request: Request<()>) -> S::Future {
            request
                .extensions_mut()
                .insert(AuthenticatedOrigin("a.example".to_owned()));
            let call = || with_tracer(&self.1, || self.0.call(request));
            thread::scope(|scope| scope.spawn(call).join().unwrap())
        }
    }

    #[test]
    fn a_request_of_a_homeserver_that_goes_on_on_another_thread_counts_once() {
        for sampled in [false, true] {
            let (tracer, guard) = tracer(sampled);
            let inner = OnThread(FederationLayer::new().layer(Answer), tracer.clone());
            let layer = ServerLayer::new().name(|_| Some("request"));
            let mut service = layer.layer(inner);
            with_tracer(&tracer, || poll(service.call(Request::new(()))).unwrap());
            guard.shutdown(Duration::from_secs(20)).unwrap();
            assert_requests(&tracer, "request", [1, 0]);
            assert_requests(&tracer, "incoming-federation-request", [0, 0]);
        }
    }

    /// Answers, and keeps the request.
    struct Keeping(Option<Request<()>>);

    impl Service<Request<()>> for &mut Keeping {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<()>) -> Self::Future {
            self.0 = Some(request);
            Answer.call(Request::new(()))
        }
    }

    #[test]
    fn what_goes_on_after_a_request_was_answered_is_another_one() {
        let (tracer, guard) = tracer(true);
        with_tracer(&tracer, || {
            let mut keeping = Keeping(None);
            let layer = ServerLayer::new().name(|_| Some("request"));
            drop(poll(layer.layer(&mut keeping).call(Request::new(()))).unwrap());
            let mut request = keeping.0.unwrap();
            request
                .extensions_mut()
                .insert(AuthenticatedOrigin("a.example".to_owned()));
            drop(poll(FederationLayer::new().layer(Answer).call(request)).unwrap());
        });
        guard.shutdown(Duration::from_secs(20)).unwrap();
        assert_requests(&tracer, "request", [1, 0]);
        assert_requests(&tracer, "incoming-federation-request", [1, 0]);
        assert_eq!(tracer.stats().uses_after_finish, 0);
    }
}
