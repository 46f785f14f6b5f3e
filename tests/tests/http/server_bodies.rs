//! Bodies: the span of a request lasts until its answer was sent.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue};
use axum::routing::get;
use bytes::Bytes;
use fedtrace::testing::TestTracer;
use fedtrace::tower::ServerLayer;
use fedtrace::{FinishedSpan, trace, with_tracer};
use futures::{Stream, StreamExt as _, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tower::{Service as _, service_fn};
use tower_layer::Layer as _;

use super::service::{TestServer, events, text};

#[trace]
fn make_chunk(number: u64) -> Bytes {
    Bytes::from(format!("chunk {number}\n"))
}

fn chunks(count: u64) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(0..count).then(|number| async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok(make_chunk(number))
    })
}

fn app() -> Router {
    Router::new()
        .route("/stream", get(|| async { Body::from_stream(chunks(4)) }))
        .route("/endless", get(|| async { Body::from_stream(chunks(u64::MAX)) }))
        .route("/empty", get(|| async {}))
        .route("/text", get(|| async { "0123456789" }))
        .route("/broken", get(|| async { Body::from_stream(broken()) }))
        .route("/grpc/headers", get(|| async { [("grpc-status", "5")] }))
        .route(
            "/grpc/trailers",
            get(|| async { Body::new(message_and_trailers()) }),
        )
        .layer(ServerLayer::new())
}

fn broken() -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let error = std::io::Error::other("the disk is gone");
    stream::iter([Ok(make_chunk(0)), Err(error)])
}

/// An answer of gRPC, whose status comes last.
fn message_and_trailers() -> impl http_body::Body<Data = Bytes, Error = Infallible> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("14"));
    let frames = [Frame::data(make_chunk(0)), Frame::trailers(trailers)];
    StreamBody::new(stream::iter(frames.map(Ok)))
}

#[tokio::test]
async fn a_call_of_grpc_has_its_status_from_the_headers_or_from_the_trailers() {
    // The server is not to blame for NOT_FOUND, but for UNAVAILABLE.
    for (path, status, error) in [("/grpc/headers", "5", ""), ("/grpc/trailers", "14", "true")] {
        let server = TestServer::start(app()).await;
        server.get(path).await.bytes().await.unwrap();
        let span = server.request_span().await;
        assert_eq!(text(&span, "http.status_code"), "200", "{path}");
        assert_eq!(text(&span, "rpc.grpc.status_code"), status, "{path}");
        assert_eq!(text(&span, "error"), error, "{path}");
    }
}

#[tokio::test]
async fn a_streamed_body_is_below_its_request_which_ends_with_it() {
    let server = TestServer::start(app()).await;
    let answer = server.get("/stream").await.text().await.unwrap();
    assert_eq!(answer.lines().count(), 4);
    let span = server.request_span().await;
    assert!(span.duration >= Duration::from_millis(20), "{span:?}");
    assert_eq!(text(&span, "http.response_content_length"), "32");
    assert_eq!(events(&span), ["headers sent", "body sent"]);
    server.test.tree().assert_eq(
        "
        GET /stream
          make_chunk
          make_chunk
          make_chunk
          make_chunk
    ",
    );
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_cancels_the_request() {
    let server = TestServer::start(app()).await;
    let mut answer = server.get("/endless").await;
    assert!(answer.chunk().await.unwrap().is_some());
    drop(answer);
    let span = server.request_span().await;
    assert_eq!(text(&span, "cancelled"), "true");
    assert_eq!(text(&span, "http.status_code"), "200");
    let sent: u64 = text(&span, "http.response_bytes_sent").parse().unwrap();
    assert!(sent >= 8, "{sent}");
    assert_eq!(events(&span).last().unwrap(), "client gone");
}

#[tokio::test]
async fn bodies_of_known_length_and_empty_ones_are_not_cancelled() {
    let server = TestServer::start(app()).await;
    server.get("/text").await.text().await.unwrap();
    server.get("/empty").await;
    let client = reqwest::Client::new();
    client.head(server.url("/text")).send().await.unwrap();
    let spans = server.spans(|span| span.tag("span.kind").is_some(), 3).await;
    for span in spans {
        assert_eq!(span.tag("cancelled"), None, "{span:?}");
    }
}

#[tokio::test]
async fn a_body_that_fails_is_a_failure() {
    let server = TestServer::start(app()).await;
    // The error may come before or after the head of the answer has left.
    if let Ok(answer) = reqwest::get(server.url("/broken")).await {
        assert!(answer.bytes().await.is_err());
    }
    let span = server.request_span().await;
    assert_eq!(text(&span, "error"), "true");
    assert_eq!(text(&span, "http.status_code"), "200");
}

/// Makes a chunk when it is dropped with a body.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        make_chunk(99);
    }
}

/// Answers a request that an inner layer leaves out, in the span of an outer one. The client reads one chunk of two.
fn answer_left_out(answer: fn() -> Body) -> Vec<FinishedSpan> {
    let test = TestTracer::new();
    let service =
        service_fn(move |_: Request<()>| async move { Ok::<_, Infallible>(Response::new(answer())) });
    let left_out = ServerLayer::new().filter(|_| false).layer(service);
    let mut service = ServerLayer::new().layer(left_out);
    with_tracer(test.tracer(), || {
        futures::executor::block_on(async {
            let answer = service.call(Request::new(())).await.unwrap();
            let chunk = pin!(answer.into_body()).frame().await.unwrap().unwrap();
            assert_eq!(chunk.into_data().unwrap(), "chunk 0\n");
        });
    });
    test.finished_spans()
}

#[test]
fn the_body_of_a_request_that_was_left_out_has_no_active_span_whatever_is_active_around_it() {
    let spans = answer_left_out(|| {
        let last = Last;
        let chunks = (0..2).map(move |number| {
            let _ = &last;
            Ok::<_, Infallible>(make_chunk(number))
        });
        Body::from_stream(stream::iter(chunks))
    });
    let inside = spans.iter().filter(|span| span.operation_name == "make_chunk");
    let parents: Vec<_> = inside.map(|span| span.parent_span_id).collect();
    assert_eq!(parents, [None, None], "{spans:?}");
    let request = spans.iter().find(|span| span.tag("span.kind").is_some());
    assert_eq!(text(request.unwrap(), "cancelled"), "true");
}

#[test]
fn what_the_handler_of_a_request_that_was_left_out_leaves_open_is_not_active_in_the_body() {
    let spans = answer_left_out(|| {
        // As a mistake, it stays open for ever.
        std::mem::forget(fedtrace::start_active_span("left open"));
        Body::from_stream(stream::iter(0..2).map(|number| Ok::<_, Infallible>(make_chunk(number))))
    });
    let chunk = spans.iter().find(|span| span.operation_name == "make_chunk");
    assert_eq!(chunk.unwrap().parent_span_id, None, "{spans:?}");
    assert!(spans.iter().any(|span| span.operation_name == "left open"));
}
