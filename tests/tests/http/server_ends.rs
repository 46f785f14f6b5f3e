//! Many requests at once, and clients that vanish.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use fedtrace::tower::ServerLayer;
use fedtrace::{set_tag, trace};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

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
