//! Calls of gRPC, by a real client and a real server of tonic.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use fedtrace::testing::TestTracer;
use fedtrace::tower::{Client, ClientLayer, Recipient, ServerLayer};
use fedtrace::{FinishedSpan, TraceFutureExt as _, trace};
use futures::future::BoxFuture;
use futures::{Stream, StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::Layer as _;

use super::service::{WithTracerLayer, events, spans, text};

type Codec = ProstCodec<String, String>;
type Answers = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

#[trace]
fn answer(word: String) -> Result<String, Status> {
    match word.strip_prefix("fail with ") {
        Some(code) => Err(Status::new(
            Code::from(code.parse::<i32>().unwrap()),
            "on purpose",
        )),
        None => Ok(word.to_uppercase()),
    }
}

async fn unary(request: Request<String>) -> Result<Response<String>, Status> {
    answer(request.into_inner()).map(Response::new)
}

async fn streaming(request: Request<Streaming<String>>) -> Result<Response<Answers>, Status> {
    let words = request.into_inner();
    let answers = words.then(|word| async {
        match word? {
            word if word == "forever" => std::future::pending().await,
            word => answer(word),
        }
    });
    Ok(Response::new(Box::pin(answers)))
}

/// A service as the code that is generated from a `.proto` has it.
#[derive(Clone)]
struct Shouting;

impl NamedService for Shouting {
    const NAME: &'static str = "test.Shouting";
}

impl tower::Service<http::Request<tonic::body::Body>> for Shouting {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(Codec::default());
            Ok(match request.uri().path() {
                "/test.Shouting/Unary" => grpc.unary(tower::service_fn(unary), request).await,
                "/test.Shouting/Streaming" => grpc.streaming(tower::service_fn(streaming), request).await,
                "/test.Shouting/Torn" => without_status(&[0; 5]),
                "/test.Shouting/Silent" => without_status(&[]),
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

/// What no server of gRPC should answer.
fn without_status(message: &'static [u8]) -> http::Response<tonic::body::Body> {
    let body = tonic::body::Body::new(http_body_util::Full::from(message));
    let response = http::Response::builder().header("content-type", "application/grpc");
    response.body(body).unwrap()
}

struct Calls {
    /// Of the server.
    server: TestTracer,
    /// Of the client.
    client: TestTracer,
    grpc: tonic::client::Grpc<Client<Channel>>,
}

async fn start() -> Calls {
    let (server, client) = (TestTracer::new(), TestTracer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = Server::builder()
        .layer(WithTracerLayer(server.tracer().clone()))
        .layer(
            ServerLayer::new()
                .internal()
                .name(|request| Some(request.uri.path().to_owned())),
        )
        .add_service(Shouting)
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(serving);
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let layer = ClientLayer::new()
        .recipient(|_| Some(Recipient::Internal))
        .name(|request| Some(request.uri.path().to_owned()));
    let grpc = tonic::client::Grpc::new(layer.layer(channel));
    Calls { server, client, grpc }
}

impl Calls {
    async fn unary(&mut self, word: &str, method: &'static str) -> Result<String, Status> {
        let call = async {
            self.grpc.ready().await.unwrap();
            let path = PathAndQuery::from_static(method);
            let request = Request::new(word.to_owned());
            self.grpc.unary(request, path, Codec::default()).await
        };
        let answer = call.with_tracer(self.client.tracer()).await?;
        Ok(answer.into_inner())
    }

    async fn streaming(&mut self, words: Vec<String>) -> Streaming<String> {
        let call = async {
            self.grpc.ready().await.unwrap();
            let path = PathAndQuery::from_static("/test.Shouting/Streaming");
            let request = Request::new(stream::iter(words));
            self.grpc.streaming(request, path, Codec::default()).await
        };
        call.with_tracer(self.client.tracer()).await.unwrap().into_inner()
    }

    /// The spans of both sides of the only call.
    async fn spans(&self) -> (FinishedSpan, FinishedSpan) {
        let is_request = |span: &FinishedSpan| span.tag("span.kind").is_some();
        let server = spans(&self.server, is_request, 1).await.remove(0);
        let client = spans(&self.client, is_request, 1).await.remove(0);
        assert_eq!(server.parent_span_id, Some(client.span_id));
        assert_eq!(server.trace_id, client.trace_id);
        (server, client)
    }
}

#[track_caller]
fn assert_status(span: &FinishedSpan, code: &str, is_failure: bool) {
    assert_eq!(text(span, "rpc.grpc.status_code"), code);
    assert_eq!(text(span, "error"), if is_failure { "true" } else { "" });
    assert_eq!(span.tag("cancelled"), None);
    assert_eq!(text(span, "http.status_code"), "200");
}

#[tokio::test]
async fn a_unary_call_is_a_span_on_both_sides_with_the_status_of_its_trailers() {
    let mut calls = start().await;
    assert_eq!(calls.unary("word", "/test.Shouting/Unary").await.unwrap(), "WORD");
    let (server, client) = calls.spans().await;
    assert_eq!(server.operation_name, "/test.Shouting/Unary");
    assert_status(&server, "0", false);
    assert_status(&client, "0", false);
    let answer = calls.server.finished_span("answer");
    assert_eq!(answer.parent_span_id, Some(server.span_id));
}

#[tokio::test]
async fn the_status_of_a_call_without_an_answer_is_in_the_head() {
    for (code, server_is_to_blame) in [(5, false), (13, true), (16, false)] {
        let mut calls = start().await;
        let answer = calls
            .unary(&format!("fail with {code}"), "/test.Shouting/Unary")
            .await;
        assert_eq!(answer.unwrap_err().code(), Code::from(code));
        let (server, client) = calls.spans().await;
        assert_status(&server, &code.to_string(), server_is_to_blame);
        assert_status(&client, &code.to_string(), true);
        assert!(events(&server).is_empty(), "there was no body: {server:?}");
    }
}

#[tokio::test]
async fn a_method_that_does_not_exist_is_a_failure_of_both_sides() {
    let mut calls = start().await;
    assert!(calls.unary("word", "/test.Shouting/Whisper").await.is_err());
    let (server, client) = calls.spans().await;
    assert_status(&server, "12", true);
    assert_status(&client, "12", true);
}

#[tokio::test]
async fn an_answer_that_ends_without_its_status_is_a_failure_of_both_sides() {
    for method in ["/test.Shouting/Torn", "/test.Shouting/Silent"] {
        let mut calls = start().await;
        let _ = calls.unary("word", method).await;
        let (server, client) = calls.spans().await;
        assert_status(&server, "2", true);
        assert_status(&client, "2", true);
    }
}

#[tokio::test]
async fn a_call_that_streams_both_ways_lasts_until_its_trailers() {
    let mut calls = start().await;
    let words = ["one", "two", "three"].map(str::to_owned).to_vec();
    let mut answers = calls.streaming(words).await;
    let mut received = Vec::new();
    while let Some(word) = answers.message().await.unwrap() {
        assert!(calls.client.finished_spans().is_empty(), "the call goes on");
        received.push(word);
    }
    assert_eq!(received, ["ONE", "TWO", "THREE"]);
    let (server, client) = calls.spans().await;
    assert_status(&server, "0", false);
    assert_status(&client, "0", false);
    let made = spans(&calls.server, |span| span.operation_name == "answer", 3).await;
    assert!(
        made.iter()
            .all(|span| span.parent_span_id == Some(server.span_id))
    );
}

#[tokio::test]
async fn a_stream_that_fails_in_the_middle_has_the_status_of_its_trailers() {
    let mut calls = start().await;
    let words = vec!["one".to_owned(), "fail with 15".to_owned()];
    let mut answers = calls.streaming(words).await;
    assert_eq!(answers.message().await.unwrap().unwrap(), "ONE");
    assert_eq!(answers.message().await.unwrap_err().code(), Code::DataLoss);
    let (server, client) = calls.spans().await;
    assert_status(&server, "15", true);
    assert_status(&client, "15", true);
}

#[tokio::test]
async fn a_stream_that_the_client_resets_is_cancelled_on_both_sides() {
    let mut calls = start().await;
    let mut answers = calls
        .streaming(vec!["one".to_owned(), "forever".to_owned()])
        .await;
    assert_eq!(answers.message().await.unwrap().unwrap(), "ONE");
    drop(answers);
    let (server, client) = calls.spans().await;
    for span in [&server, &client] {
        assert_eq!(text(span, "cancelled"), "true", "{span:?}");
        assert_eq!(span.tag("rpc.grpc.status_code"), None);
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_a_failure_of_the_call() {
    let client = TestTracer::new();
    let channel = Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
    let layer = ClientLayer::new().recipient(|_| Some(Recipient::Internal));
    let mut grpc = tonic::client::Grpc::new(layer.layer(channel));
    let call = async {
        grpc.ready().await.unwrap();
        let path = PathAndQuery::from_static("/test.Shouting/Unary");
        grpc.unary(Request::new(String::new()), path, Codec::default())
            .await
    };
    let answer = call.with_tracer(client.tracer()).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unavailable);
    let span = client.finished_span("outgoing-request");
    assert_eq!(text(&span, "error"), "true");
}
