//! Requests of other homeservers, behind their authentication.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use fedtrace::reporter::MemoryReporter;
use fedtrace::tower::{AuthenticatedOrigin, FederationLayer, ServerLayer};
use fedtrace::{FinishedSpan, TraceFutureExt as _, Tracer, trace};
use fedtrace_tests::listed_tracer;

use super::service::{TestServer, text};

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
    TestServer::start_with(listed_tracer(), app()).await
}

fn app() -> Router {
    Router::new()
        .route("/send", get(on_event))
        .route("/refused", get(|| async { StatusCode::FORBIDDEN }))
        .layer(FederationLayer::new())
        .layer(from_fn(authenticate))
        .layer(ServerLayer::new())
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
}

#[tokio::test]
async fn clients_may_be_told_the_trace_id_and_homeservers_are_not() {
    let builder = Tracer::builder("a.example").reporter(MemoryReporter::new());
    let (tracer, _guard) = builder.trace_id_for_clients(true).build().unwrap();
    let traced = move |request: Request, next: Next| {
        let tracer = tracer.clone();
        async move { next.run(request).with_tracer(&tracer).await }
    };
    let app = app().layer(from_fn(traced));
    let server = TestServer::start_with(listed_tracer(), app).await;
    for (origin, is_told) in [
        (None, true),
        (Some("trusted.example"), false),
        (Some("stranger.example"), false),
    ] {
        for path in ["/send", "/refused"] {
            let answer = request(&server, path, origin).await;
            let told = answer.headers().contains_key("synapse-trace-id");
            assert_eq!(told, is_told, "{path} by {origin:?}");
        }
    }
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
