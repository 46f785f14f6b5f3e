//! The layers that are measured. Each records the method, the route and the status of a request, and where it ended.

use std::time::Duration;

use axum::Router;
use axum::extract::MatchedPath;
use axum::http::{Request, Response};
use fastrace::collector::Config;
use fedtrace::Tracer;
use fedtrace::tower::ServerLayer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracer;
use tower_http::trace::TraceLayer;
use tracing::field::Empty;
use tracing::{Dispatch, Span, info_span};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, registry};

use crate::counting::{Count, NEVER, provider};
use crate::server::router;

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) router: Router,
    pub(crate) dispatch: Dispatch,
    /// Empties all queues.
    pub(crate) drain: Box<dyn Fn()>,
    /// Whether spans have arrived where they should.
    pub(crate) has_arrived: Box<dyn Fn() -> bool>,
}

/// All of them: the router alone, ours, and the one that the goal is about.
pub(crate) fn all() -> [Contender; 5] {
    [
        untraced(),
        ours(),
        opentelemetry("TraceLayer, otel", |layer| layer),
        // With what fedtrace keeps too, and nothing more.
        opentelemetry("the same, bare", |layer| {
            layer
                .with_location(false)
                .with_threads(false)
                .with_tracked_inactivity(false)
        }),
        peer_fastrace(),
    ]
}

fn untraced() -> Contender {
    Contender {
        name: "router alone",
        router: router(),
        dispatch: Dispatch::none(),
        drain: Box::new(|| {}),
        has_arrived: Box::new(|| true),
    }
}

fn ours() -> Contender {
    let count = Count::default();
    let (tracer, guard) = Tracer::builder("bench")
        .reporter(count.clone())
        .flush_interval(NEVER)
        .build()
        .expect("a worker thread");
    fedtrace::set_global_tracer(tracer).expect("no other global tracer");
    Contender {
        name: "fedtrace",
        router: router().layer(ServerLayer::new()),
        dispatch: Dispatch::none(),
        drain: Box::new(move || guard.flush(Duration::from_secs(10)).expect("the worker runs")),
        has_arrived: Box::new(move || count.has_some()),
    }
}

type Layer = OpenTelemetryLayer<Registry, SdkTracer>;

fn opentelemetry(name: &'static str, set: fn(Layer) -> Layer) -> Contender {
    let count = Count::default();
    let provider = provider(&count);
    let layer = set(tracing_opentelemetry::layer().with_tracer(provider.tracer("bench")));
    let traced = TraceLayer::new_for_http()
        .make_span_with(span_of)
        .on_response(say_status);
    Contender {
        name,
        router: router().layer(traced),
        // So the events of `TraceLayer`, which are for debugging, are not recorded.
        dispatch: Dispatch::new(registry().with(layer).with(LevelFilter::INFO)),
        drain: Box::new(move || provider.force_flush().expect("the processor works")),
        has_arrived: Box::new(move || count.has_some()),
    }
}

/// As the examples of axum and tower-http make it, by the names of OpenTelemetry.
fn span_of<B>(request: &Request<B>) -> Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let method = request.method();
    info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        url = %request.uri(),
        http.response.status_code = Empty,
    )
}

fn say_status<B>(response: &Response<B>, _: Duration, span: &Span) {
    span.record("http.response.status_code", response.status().as_u16());
}

fn peer_fastrace() -> Contender {
    let count = Count::default();
    fastrace::set_reporter(count.clone(), Config::default().report_interval(NEVER));
    Contender {
        name: "fastrace-axum",
        router: router().layer(fastrace_axum::FastraceLayer::default()),
        dispatch: Dispatch::none(),
        drain: Box::new(fastrace::flush),
        has_arrived: Box::new(move || count.has_some()),
    }
}
