//! Requests of other homeservers, behind their authentication.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::tower::{AuthenticatedOrigin, FederationLayer, ServerLayer};
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Destination, FinishedSpan, Origin, TraceFutureExt as _, Tracer, active_span, build_span,
    context_from_string, extract, extract_raw_edu, incoming_federation_request, inject_response_headers,
    start_span_from_edu, tags, trace,
};
use fedtrace_tests::listed_tracer;
use futures::StreamExt as _;
use serde_json::Map;

use super::service::{TestServer, WithTracerLayer, events, text};

#[trace]
async fn on_event() {
    tokio::task::yield_now().await;
}

/// Takes the name in a header for the proof of a signature.
async fn authenticate(mut request: Request, next: Next) -> Response {
    if let Some(name) = request.headers().get("x-origin") {
        let name = name.to_str().unwrap().to_owned();
        request.extensions_mut().insert(AuthenticatedOrigin(name));
    }
    next.run(request).await
}

async fn start() -> TestServer {
    start_with(listed_tracer()).await
}

async fn start_with(test: TestTracer) -> TestServer {
    TestServer::start_with(test, app()).await
}

fn app() -> Router {
    Router::new()
        .route("/send", get(on_event))
        .route("/refused", get(|| async { StatusCode::FORBIDDEN }))
        .route("/stream", get(|| async { Body::from_stream(parts()) }))
        .layer(FederationLayer::new())
        .layer(from_fn(authenticate))
        .layer(ServerLayer::new())
}

/// A body whose second part is made in a span.
fn parts() -> impl futures::Stream<Item = Result<&'static str, std::convert::Infallible>> {
    futures::stream::iter([1, 2]).then(|number| async move {
        tokio::task::yield_now().await;
        if number == 2 {
            on_event().await;
        }
        Ok("part")
    })
}

/// The names of the spans that stand for a request, as Jaeger's monitoring counts them.
fn requests(spans: &[FinishedSpan]) -> Vec<&str> {
    let requests = spans.iter().filter(|span| text(span, "span.kind") == "server");
    requests.map(|span| &*span.operation_name).collect()
}

async fn request(server: &TestServer, path: &str, origin: Option<&str>) -> reqwest::Response {
    let mut request = reqwest::Client::new()
        .get(server.url(path))
        .header("uber-trace-id", "abc:7:0:1");
    if let Some(origin) = origin {
        request = request.header("x-origin", origin);
    }
    request.send().await.unwrap()
}

fn named<'a>(spans: &'a [FinishedSpan], name: &str) -> &'a FinishedSpan {
    spans.iter().find(|span| span.operation_name == name).unwrap()
}

#[tokio::test]
async fn the_trace_of_a_listed_sender_continues_behind_the_authentication() {
    let server = start().await;
    request(&server, "/send", Some("trusted.example")).await;
    let spans = server.spans(|_| true, 4).await;
    let incoming = named(&spans, "incoming-federation-request");
    assert_eq!(incoming.trace_id.get(), 0xabc);
    assert_eq!(incoming.parent_span_id.unwrap().get(), 7);
    assert_eq!(text(incoming, "peer.service"), "trusted.example");
    assert_eq!(text(incoming, "http.status_code"), "200");
    assert_eq!(named(&spans, "on_event").parent_span_id, Some(incoming.span_id));
    let own = named(&spans, "GET /send");
    assert_ne!(own.trace_id, incoming.trace_id);
    let marker = named(&spans, "process-federation_request");
    assert_eq!(marker.parent_span_id, Some(own.span_id));
    assert_eq!(text(own, "authenticated_entity"), "trusted.example");
    assert!(text(own, "request_id").starts_with("GET-"));
    assert_eq!(text(own, "peer.ipv4"), "127.0.0.1");
}

#[tokio::test]
async fn a_request_has_one_span_of_a_server_whoever_continues_the_trace() {
    // In a handler that has a span of its own.
    #[trace]
    async fn on_send(request: Request) -> &'static str {
        let origin = Origin::AuthenticatedHomeserver("trusted.example");
        let incoming = incoming_federation_request(request.headers(), origin);
        incoming.run(async { "{}" }).await
    }
    let in_handler = Router::new()
        .route("/send", get(on_send))
        .layer(ServerLayer::new());
    let in_handler = TestServer::start_with(listed_tracer(), in_handler).await;
    let layered = start().await;
    for (server, path, count) in [(layered, "/send", 4), (in_handler, "/send", 4)] {
        request(&server, path, Some("trusted.example")).await;
        let spans = server.spans(|_| true, count).await;
        assert_eq!(requests(&spans), ["GET /send"]);
        let own = named(&spans, "GET /send");
        assert_eq!(text(own, "authenticated_entity"), "trusted.example");
    }
}

/// As a middleware does whose handlers go on when the client has left, or a buffer.
fn spawning_app(tracer: &Tracer) -> Router {
    let tracer = tracer.clone();
    let spawn = from_fn(move |request: Request, next: Next| {
        let rest = async move { next.run(request).await };
        let rest = tokio::spawn(rest.with_tracer(&tracer));
        async { rest.await.unwrap() }
    });
    Router::new()
        .route("/send", get(on_event))
        .layer(FederationLayer::new())
        .layer(from_fn(authenticate))
        .layer(spawn)
        .layer(ServerLayer::new())
}

#[tokio::test]
async fn a_request_that_goes_on_in_another_task_is_still_the_one_behind_the_authentication() {
    for origin in ["trusted.example", "stranger.example"] {
        let test = listed_tracer();
        let app = spawning_app(test.tracer());
        let server = TestServer::start_with(test, app).await;
        request(&server, "/send", Some(origin)).await;
        let is_listed = origin == "trusted.example";
        let spans = server.spans(|_| true, if is_listed { 4 } else { 3 }).await;
        assert_eq!(requests(&spans), ["GET /send"]);
        let own = named(&spans, "GET /send");
        assert_eq!(text(own, "authenticated_entity"), origin);
        let incoming = named(&spans, "incoming-federation-request");
        assert_eq!(named(&spans, "on_event").parent_span_id, Some(incoming.span_id));
        let below = if is_listed {
            "process-federation_request"
        } else {
            "incoming-federation-request"
        };
        assert_eq!(named(&spans, below).parent_span_id, Some(own.span_id));
        if is_listed {
            assert_eq!(incoming.parent_span_id.unwrap().get(), 7);
            assert_eq!(incoming.references[0].span_id, own.span_id);
        }
    }
}

#[tokio::test]
async fn without_a_server_layer_the_span_behind_the_authentication_is_the_request() {
    let app = Router::new()
        .route("/send", get(|| async { "{}" }))
        .layer(FederationLayer::new())
        .layer(from_fn(authenticate));
    let server = TestServer::start_with(listed_tracer(), app).await;
    request(&server, "/send", Some("trusted.example")).await;
    let spans = server.spans(|_| true, 1).await;
    assert_eq!(requests(&spans), ["incoming-federation-request"]);
    assert_eq!(text(&spans[0], "authenticated_entity"), "trusted.example");
}

/// What the sender samples is recorded in its trace only, where our own sampler says no.
#[tokio::test]
async fn a_request_that_only_its_sender_samples_has_one_span_of_a_server() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    test.tracer()
        .set_homeserver_whitelist(["trusted.example"])
        .unwrap();
    let server = start_with(test).await;
    request(&server, "/send", Some("trusted.example")).await;
    let spans = server.spans(|_| true, 2).await;
    assert_eq!(requests(&spans), ["incoming-federation-request"]);
}

#[tokio::test]
async fn the_span_of_a_homeserver_ends_with_the_body_and_is_active_while_it_is_made() {
    let server = start().await;
    request(&server, "/stream", Some("trusted.example")).await;
    let spans = server.spans(|_| true, 4).await;
    let incoming = named(&spans, "incoming-federation-request");
    assert_eq!(named(&spans, "on_event").parent_span_id, Some(incoming.span_id));
    assert_eq!(events(incoming), ["headers sent", "body sent"]);
    assert_eq!(text(incoming, "http.response_content_length"), "8");
    let position = |name| spans.iter().position(|span| span.operation_name == name);
    assert!(position("on_event") < position("incoming-federation-request"));
    assert!(position("process-federation_request") > position("on_event"));
}

#[tokio::test]
async fn of_others_nothing_is_believed_and_their_request_is_a_child_of_ours() {
    let server = start().await;
    request(&server, "/send", Some("stranger.example")).await;
    let spans = server.spans(|_| true, 3).await;
    let incoming = named(&spans, "incoming-federation-request");
    assert_eq!(incoming.parent_span_id, Some(named(&spans, "GET /send").span_id));
    assert_ne!(incoming.trace_id.get(), 0xabc);
}

#[tokio::test]
async fn a_request_without_a_proven_origin_passes_as_it_is() {
    let server = start().await;
    request(&server, "/send", None).await;
    let spans = server.spans(|_| true, 2).await;
    let own = named(&spans, "GET /send");
    assert_eq!(named(&spans, "on_event").parent_span_id, Some(own.span_id));
}

#[tokio::test]
async fn an_answer_of_4xx_marks_the_request_of_a_homeserver_as_failed() {
    let server = start().await;
    request(&server, "/refused", Some("trusted.example")).await;
    let spans = server.spans(|_| true, 3).await;
    let incoming = named(&spans, "incoming-federation-request");
    assert_eq!(text(incoming, "error"), "true");
    assert_eq!(text(incoming, "http.status_code"), "403");
}

/// The name in a header, as above.
fn origin(headers: &axum::http::HeaderMap) -> Origin<'_> {
    match headers.get("x-origin") {
        Some(name) => Origin::AuthenticatedHomeserver(name.to_str().unwrap()),
        None => Origin::Unauthenticated,
    }
}

/// Handlers that check the signature themselves.
fn checking_app() -> Router {
    let run = async |headers: axum::http::HeaderMap| {
        let incoming = incoming_federation_request(&headers, origin(&headers));
        incoming.run(on_event()).await;
    };
    let set_parent = async |headers: axum::http::HeaderMap| {
        if let Some(parent) = extract(&headers, origin(&headers)) {
            active_span().unwrap().set_parent(parent);
        }
        on_event().await;
    };
    let edu = async |headers: axum::http::HeaderMap| {
        start_span_from_edu(&Map::new(), "on_edu", origin(&headers)).finish();
        on_event().await;
    };
    let raw_edu = async |headers: axum::http::HeaderMap| {
        extract_raw_edu("no JSON", origin(&headers));
        on_event().await;
    };
    let text = async |headers: axum::http::HeaderMap| {
        context_from_string("{}", origin(&headers));
        on_event().await;
    };
    Router::new()
        .route("/run", get(run))
        .route("/set-parent", get(set_parent))
        .route("/edu", get(edu))
        .route("/raw-edu", get(raw_edu))
        .route("/text", get(text))
}

/// The middleware of `docs/incoming-requests.md`, without its tags for the answer.
async fn trace_request(request: Request, next: Next) -> Response {
    let span = build_span("request")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start();
    let answer = async {
        let mut response = next.run(request).await;
        inject_response_headers(response.headers_mut(), Destination::Client);
        response
    };
    answer.in_span(span).await
}

#[tokio::test]
async fn an_answer_to_a_homeserver_that_the_handler_has_authenticated_does_not_tell_the_id_either() {
    let layered = || checking_app().layer(ServerLayer::new());
    let by_hand = || checking_app().layer(from_fn(trace_request));
    for (sampled, app) in [
        (true, layered()),
        (false, layered()),
        (true, by_hand()),
        (false, by_hand()),
    ] {
        let builder = Tracer::builder("s").sampler(ConstSampler::new(sampled));
        let (tracer, _guard) = builder
            .reporter(MemoryReporter::new())
            .trace_id_for_clients(true)
            .homeserver_whitelist(Whitelist::new(["trusted.example"]).unwrap())
            .build()
            .unwrap();
        let server = TestServer::start(app.layer(WithTracerLayer(tracer))).await;
        for path in ["/run", "/set-parent", "/edu", "/raw-edu", "/text"] {
            let told = async |origin| {
                let answer = request(&server, path, origin).await;
                answer.headers().contains_key("synapse-trace-id")
            };
            assert!(told(None).await, "{path}");
            assert!(!told(Some("trusted.example")).await, "{path}");
            assert!(!told(Some("stranger.example")).await, "{path}");
        }
    }
}

#[tokio::test]
async fn an_answer_to_a_homeserver_does_not_tell_the_id_of_the_trace_that_clients_are_told() {
    let builder = Tracer::builder("s").reporter(MemoryReporter::new());
    let (tracer, _guard) = builder.trace_id_for_clients(true).build().unwrap();
    let server = TestServer::start(app().layer(WithTracerLayer(tracer))).await;
    let told = async |origin| {
        let answer = request(&server, "/send", origin).await;
        answer.headers().contains_key("synapse-trace-id")
    };
    assert!(told(None).await);
    assert!(!told(Some("trusted.example")).await);
    assert!(!told(Some("stranger.example")).await);
}
