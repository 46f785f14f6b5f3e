//! Many requests at once, and clients that vanish.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::get;
use fedtrace::tower::ServerLayer;
use fedtrace::{FinishedSpan, run_as_background_process, set_tag, trace};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::service::{TestServer, text};

#[trace]
async fn inner(number: u64) {
    tokio::time::sleep(Duration::from_millis(number % 7)).await;
    set_tag("number", number);
}

async fn handler(Path(number): Path<u64>) -> String {
    set_tag("number", number);
    inner(number).await;
    number.to_string()
}

fn app() -> Router {
    Router::new()
        .route("/{number}", get(handler))
        .route("/forever", get(std::future::pending::<()>))
        .layer(ServerLayer::new())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_requests_at_once_no_span_is_lost_and_none_has_a_wrong_parent() {
    let server = TestServer::start(app()).await;
    let client = reqwest::Client::new();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1000_u64 {
        let request = client.get(server.url(&format!("/{number}")));
        tasks.spawn(async move {
            let answer = request.send().await.unwrap().text().await.unwrap();
            assert_eq!(answer, number.to_string());
        });
    }
    tasks.join_all().await;
    let spans = server.spans(|_| true, 2000).await;
    let requests: HashMap<_, _> = spans
        .iter()
        .filter(|span| span.tag("span.kind").is_some())
        .map(|span| (span.span_id, span))
        .collect();
    assert_eq!(requests.len(), 1000);
    for span in spans.iter().filter(|span| span.operation_name == "inner") {
        let request = requests[&span.parent_span_id.unwrap()];
        assert_eq!(text(span, "number"), text(request, "number"));
        assert_eq!(span.trace_id, request.trace_id);
    }
}

#[trace]
async fn outliving(number: u64, answered: Arc<Semaphore>) {
    drop(answered.acquire().await.unwrap());
    set_tag("number", number);
}

async fn spawning(State(answered): State<Arc<Semaphore>>, Path(number): Path<u64>) -> String {
    set_tag("number", number);
    fedtrace::tokio::spawn(outliving(number, Arc::clone(&answered)));
    tokio::spawn(run_as_background_process("prune", outliving(number, answered)));
    number.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_tasks_that_outlive_a_thousand_requests_at_once_no_span_is_lost() {
    let answered = Arc::new(Semaphore::new(0));
    let app = Router::new()
        .route("/{number}", get(spawning))
        .layer(ServerLayer::new())
        .with_state(Arc::clone(&answered));
    let server = TestServer::start(app).await;
    let client = reqwest::Client::new();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1000_u64 {
        let request = client.get(server.url(&format!("/{number}")));
        tasks.spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    }
    tasks.join_all().await;
    let is_request = |span: &FinishedSpan| span.tag("span.kind").is_some();
    let requests = server.spans(is_request, 1000).await;
    answered.add_permits(1000);
    let spans = server.spans(|_| true, 6000).await;
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.span_id, span)).collect();
    let (mut in_request, mut in_background) = (0, 0);
    for span in spans.iter().filter(|span| span.operation_name == "outliving") {
        let parent = by_id[&span.parent_span_id.unwrap()];
        assert_eq!(span.trace_id, parent.trace_id);
        let cause = match parent.operation_name == "bgproc_child.prune" {
            true => {
                in_background += 1;
                by_id[&parent.references[0].span_id]
            }
            false => {
                in_request += 1;
                parent
            }
        };
        assert!(is_request(cause));
        assert_eq!(text(span, "number"), text(cause, "number"));
    }
    assert_eq!((in_request, in_background), (1000, 1000));
    assert_eq!(requests.len(), 1000);
    let stats = server.test.tracer().stats();
    assert_eq!((stats.open_spans, stats.lost_spans()), (0, 0));
}

#[tokio::test]
async fn a_client_that_vanishes_before_the_answer_cancels_the_request() {
    let server = TestServer::start(app()).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    connection
        .write_all(b"GET /forever HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(connection);
    let span = server.request_span().await;
    assert_eq!(text(&span, "cancelled"), "true");
    assert_eq!(span.tag("http.status_code"), None);
}

/// An answer whose body asks for the active span when it is made.
async fn leaving_a_scope_open() -> Body {
    // As a mistake, it stays open for ever.
    std::mem::forget(fedtrace::start_active_span("left open"));
    let name = async { Ok::<_, std::io::Error>(format!("{:?}", fedtrace::active_span())) };
    Body::from_stream(futures::stream::once(name))
}

#[tokio::test]
async fn what_a_handler_leaves_open_is_not_active_in_the_body() {
    let app = Router::new()
        .route("/", get(leaving_a_scope_open))
        .layer(ServerLayer::new());
    let server = TestServer::start(app).await;
    let active = reqwest::get(server.url("/")).await.unwrap().text().await.unwrap();
    assert!(active.contains("GET /"), "{active}");
    let spans = server.spans(|_| true, 2).await;
    let request = spans.iter().find(|span| span.operation_name == "GET /").unwrap();
    let left = spans
        .iter()
        .find(|span| span.operation_name == "left open")
        .unwrap();
    assert_eq!(left.parent_span_id, Some(request.span_id));
    assert!(request.tag("http.response_content_length").is_some());
}
