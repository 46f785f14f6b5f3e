//! Closures of the user that panic.

use axum::Router;
use axum::routing::get;
use fedtrace::TraceFutureExt as _;
use fedtrace::tower::{ClientLayer, Recipient, ServerLayer};
use fedtrace_tests::{LogLines, alone, listed_tracer};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Layer as _, ServiceExt as _};

use super::service::{TestServer, text};

fn panicking_server() -> ServerLayer {
    ServerLayer::new()
        .name(|_| -> Option<&'static str> { panic!("name") })
        .filter(|_| panic!("filter"))
        .on_request(|_, _| panic!("on_request"))
        .on_response(|_, _| panic!("on_response"))
        .is_failure(|_| panic!("is_failure"))
}

fn panicking_client() -> ClientLayer {
    ClientLayer::new()
        .name(|_| -> Option<&'static str> { panic!("name") })
        .recipient(|_| -> Option<Recipient> { panic!("recipient") })
        .is_failure(|_| panic!("is_failure"))
}

async fn start() -> TestServer {
    let broken = || async { http::StatusCode::BAD_GATEWAY };
    let app = Router::new()
        .route("/{room}", get(broken))
        .layer(panicking_server());
    TestServer::start(app).await
}

#[tokio::test]
async fn a_panic_in_a_closure_of_a_server_layer_fails_no_request_and_its_default_is_used() {
    let server = start().await;
    assert_eq!(server.get("/a").await.status(), 502);
    let span = server.request_span().await;
    assert_eq!(span.operation_name, "GET /{room}");
    assert_eq!(text(&span, "http.status_code"), "502");
    assert_eq!(text(&span, "error"), "true", "5xx is a failure by default");
    assert_eq!(server.test.tracer().stats().contained_panics, 5);
}

#[tokio::test]
async fn a_panic_in_a_closure_of_a_client_layer_fails_no_request_and_tells_nobody_anything() {
    let app = Router::new().fallback(|headers: http::HeaderMap| async move {
        assert!(!headers.contains_key("uber-trace-id"));
        assert!(!headers.contains_key("traceparent"));
    });
    let server = TestServer::start(app).await;
    let test = listed_tracer();
    let connections = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let request = http::Request::get(server.url("/"))
        .header("traceparent", "theirs")
        .body(Empty::new())
        .unwrap();
    let work = async {
        let answer = panicking_client()
            .layer(connections)
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.unwrap();
    };
    work.with_tracer(test.tracer()).await;
    let span = test.finished_span("outgoing-request");
    assert_eq!(span.tag("error"), None);
    assert_eq!(test.tracer().stats().contained_panics, 3);
}

#[test]
fn panics_in_closures_of_layers_are_logged_once() {
    alone(|| {
        let lines = LogLines::install();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let server = start().await;
            server.get("/a").await;
            server.get("/b").await;
        });
        let lines = lines.containing("panicked, and its default was used");
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("WARN"), "{lines:?}");
    });
}
