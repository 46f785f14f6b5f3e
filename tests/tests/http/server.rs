//! Names, tags and trust of the span of a request.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{any, get};
use fedtrace::tower::{RouteLayer, ServerLayer};
use fedtrace::{TagValue, active_span, set_tag, trace};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::service::{TestServer, text};

#[trace]
async fn work() {
    tokio::task::yield_now().await;
}

async fn members() -> &'static str {
    work().await;
    set_tag("room_version", 11);
    "[]"
}

fn app() -> Router {
    Router::new()
        .route("/rooms/{room}/members", get(members))
        .route("/broken", get(|| async { StatusCode::BAD_GATEWAY }))
        .route("/panic", get(panicking))
        .route("/forever", get(std::future::pending::<()>))
}

async fn panicking() {
    panic!("on purpose");
}

#[tokio::test]
async fn a_request_is_a_span_with_the_name_of_its_route_and_the_tags_of_its_head() {
    let server = TestServer::start(app().layer(ServerLayer::new())).await;
    let answer = server
        .get("/rooms/!a:b/members?access_token=syt_abc&since=s1")
        .await;
    assert_eq!(answer.text().await.unwrap(), "[]");
    let span = server.request_span().await;
    assert_eq!(span.operation_name, "GET /rooms/{room}/members");
    for (key, expected) in [
        ("span.kind", "server"),
        ("http.method", "GET"),
        ("http.url", "/rooms/!a:b/members?access_token=<redacted>&since=s1"),
        ("http.status_code", "200"),
        ("http.response_content_length", "2"),
        ("room_version", "11"),
        ("peer.ipv4", "127.0.0.1"),
    ] {
        assert_eq!(text(&span, key), expected, "{key}");
    }
    assert!(text(&span, "request_id").starts_with("GET-"));
    assert!(matches!(span.tag("peer.port"), Some(TagValue::Long(_))));
    assert_eq!(span.tag("error"), None);
    assert_eq!(span.tag("cancelled"), None);
    server.test.tree().assert_eq(
        "
        GET /rooms/{room}/members
          work
    ",
    );
}

#[tokio::test]
async fn a_request_without_a_route_has_a_name_of_bounded_variety() {
    let server = TestServer::start(app().layer(ServerLayer::new())).await;
    assert_eq!(server.get("/nowhere/123").await.status(), 404);
    let span = server.request_span().await;
    assert_eq!(span.operation_name, "unknown route");
    assert_eq!(text(&span, "http.url"), "/nowhere/123");
    assert_eq!(text(&span, "http.status_code"), "404");
    assert_eq!(span.tag("error"), None, "the client is to blame");
}

#[tokio::test]
async fn a_layer_outside_of_the_router_learns_the_route_at_the_end() {
    let inner = app().route_layer(RouteLayer);
    let app = Router::new().fallback_service(tower_layer::Layer::layer(&ServerLayer::new(), inner));
    let server = TestServer::start(app).await;
    server.get("/rooms/!a:b/members").await;
    let span = server.request_span().await;
    assert_eq!(span.operation_name, "GET /rooms/{room}/members");
}

#[tokio::test]
async fn secrets_in_the_path_are_redacted_also_in_nested_routers_and_behind_a_router() {
    let handler = || async {};
    let nested = Router::new()
        .route("/reset/{token}", get(handler))
        .layer(ServerLayer::new());
    let server = TestServer::start(Router::new().nest("/api", nested)).await;
    server.get("/api/reset/syt_abc").await;
    let span = server.request_span().await;
    assert_eq!(text(&span, "http.url"), "/api/reset/<redacted>");
    assert_eq!(span.operation_name, "GET /api/reset/{token}");

    let inner = Router::new()
        .route("/reset/{token}", get(handler))
        .route_layer(RouteLayer);
    let layer = ServerLayer::new().name(|_| Some("mine"));
    let app = Router::new().fallback_service(tower_layer::Layer::layer(&layer, inner));
    let server = TestServer::start(app).await;
    server.get("/reset/syt_abc").await;
    let span = server.request_span().await;
    assert_eq!(text(&span, "http.url"), "/reset/<redacted>");
    assert_eq!(span.operation_name, "mine");
}

#[tokio::test]
async fn what_runs_on_the_request_is_inside_of_its_span() {
    let layer = ServerLayer::new().on_request(|_, _| {
        set_tag("inside", true);
        drop(fedtrace::start_active_span("on request"));
    });
    let server = TestServer::start(app().layer(layer)).await;
    server.get("/nowhere").await;
    assert_eq!(text(&server.request_span().await, "inside"), "true");
    server.test.tree().assert_eq(
        "
        unknown route
          on request
    ",
    );
}

#[tokio::test]
async fn a_handler_finds_a_span_also_where_nothing_is_traced() {
    use axum::Extension;

    let handler = |Extension(span): Extension<fedtrace::Span>| async move {
        span.set_tag("tag", 1);
    };
    let app = Router::new()
        .route("/", get(handler))
        .layer(ServerLayer::new().filter(|_| false));
    let server = TestServer::start(app).await;
    assert_eq!(server.get("/").await.status(), 200);
}

#[tokio::test]
async fn an_answer_of_5xx_is_a_failure() {
    let server = TestServer::start(app().layer(ServerLayer::new())).await;
    assert_eq!(server.get("/broken").await.status(), 502);
    let span = server.request_span().await;
    assert_eq!(text(&span, "error"), "true");
    assert_eq!(text(&span, "http.status_code"), "502");
}

#[tokio::test]
async fn a_panic_is_a_failure_whether_a_layer_catches_it_or_not() {
    let caught = app().layer(CatchPanicLayer::new()).layer(ServerLayer::new());
    let server = TestServer::start(caught).await;
    assert_eq!(server.get("/panic").await.status(), 500);
    let span = server.request_span().await;
    assert_eq!(
        (text(&span, "error"), text(&span, "http.status_code")),
        ("true".into(), "500".into())
    );

    let server = TestServer::start(app().layer(ServerLayer::new())).await;
    assert!(reqwest::get(server.url("/panic")).await.is_err());
    let span = server.request_span().await;
    assert_eq!(text(&span, "error"), "true");
    assert_eq!(span.tag("cancelled"), None);
}

#[tokio::test]
async fn a_timeout_inside_gives_its_status_and_one_outside_cancels() {
    let short = || TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(20));
    let server = TestServer::start(app().layer(short()).layer(ServerLayer::new())).await;
    assert_eq!(server.get("/forever").await.status(), 408);
    let span = server.request_span().await;
    assert_eq!(text(&span, "http.status_code"), "408");
    assert_eq!(span.tag("cancelled"), None);

    let server = TestServer::start(app().layer(ServerLayer::new()).layer(short())).await;
    assert_eq!(server.get("/forever").await.status(), 408);
    let span = server.request_span().await;
    assert_eq!(text(&span, "cancelled"), "true");
    assert_eq!(span.tag("http.status_code"), None);
}

#[tokio::test]
async fn nothing_is_believed_of_clients() {
    let server = TestServer::start(app().layer(ServerLayer::new())).await;
    let request = reqwest::Client::new()
        .get(server.url("/rooms/!a:b/members"))
        .header("uber-trace-id", "abc:1:0:1")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .header("jaeger-debug-id", "mine")
        .header("x-request-id", "given");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers().get("synapse-trace-id"), None);
    let span = server.request_span().await;
    assert_eq!(span.parent_span_id, None);
    assert_ne!(span.trace_id.to_string(), "0000000000000abc");
    assert_eq!(text(&span, "request_id"), "given", "an id is only text");
}

#[tokio::test]
async fn an_internal_listener_continues_the_trace_of_the_caller_and_tells_its_id() {
    let server = TestServer::start(app().layer(ServerLayer::new().internal())).await;
    let request = reqwest::Client::new()
        .get(server.url("/rooms/!a:b/members"))
        .header("uber-trace-id", "abc:7:0:1");
    let answer = request.send().await.unwrap();
    let span = server.request_span().await;
    assert_eq!(span.trace_id.get(), 0xabc);
    assert_eq!(span.parent_span_id.unwrap().get(), 7);
    let told = answer.headers()["synapse-trace-id"].to_str().unwrap();
    assert_eq!(u128::from_str_radix(told, 16), Ok(0xabc));
}

#[tokio::test]
async fn a_filter_leaves_requests_out_and_what_they_do() {
    let layer = ServerLayer::new().filter(|request| request.uri.path() != "/health");
    let app = app().route("/health", get(work)).layer(layer);
    let server = TestServer::start(app).await;
    server.get("/health").await;
    server.get("/rooms/!a:b/members").await;
    let span = server.request_span().await;
    let spans = server.test.finished_spans();
    // `work` of `/health` began a trace of its own: without a span around it nobody can say that it is unwanted.
    let of_request = spans.iter().filter(|other| other.trace_id == span.trace_id);
    assert_eq!(of_request.count(), 2);
}

#[tokio::test]
async fn names_tags_and_failures_can_be_chosen() {
    let layer = ServerLayer::new()
        .name(|request| (request.uri.path() == "/broken").then_some("the broken one"))
        .on_request(|request, span| {
            span.set_tag("version", format!("{:?}", request.version));
        })
        .on_response(|response, span| {
            span.set_tag("headers", response.headers.len());
        })
        .is_failure(|status| status.is_client_error())
        .redact(["room"]);
    let server = TestServer::start(app().layer(layer)).await;
    server.get("/broken").await;
    server.get("/rooms/!a:b/members").await;
    server.get("/nowhere").await;
    let kinds = |span: &fedtrace::FinishedSpan| span.tag("span.kind").is_some();
    let spans = server.spans(kinds, 3).await;
    let find = |name: &str| spans.iter().find(|span| span.operation_name == name).unwrap();
    let broken = find("the broken one");
    assert_eq!(text(broken, "version"), "HTTP/1.1");
    assert!(broken.tag("headers").is_some());
    assert_eq!(broken.tag("error"), None);
    assert_eq!(text(find("unknown route"), "error"), "true");
    assert_eq!(
        text(find("GET /rooms/{room}/members"), "http.url"),
        "/rooms/<redacted>/members"
    );
}

#[tokio::test]
async fn a_handler_reaches_the_span_of_its_request_through_the_extensions() {
    let handler = |request: Request| async move {
        let span = request.extensions().get::<fedtrace::Span>().unwrap();
        span.set_tag("by handle", true);
        assert_eq!(span.context(), active_span().unwrap().context());
    };
    let app = Router::new().route("/", any(handler)).layer(ServerLayer::new());
    let server = TestServer::start(app).await;
    assert_eq!(server.get("/").await.status(), 200);
    assert_eq!(text(&server.request_span().await, "by handle"), "true");
}
