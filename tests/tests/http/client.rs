//! Outgoing requests: who gets a context, and what their spans say.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};
use bytes::Bytes;
use fedtrace::reqwest::SendTo as _;
use fedtrace::testing::TestTracer;
use fedtrace::tower::{ClientLayer, Recipient};
use fedtrace::{FinishedSpan, TraceFutureExt as _, Tracer, build_span, with_tracer};
use fedtrace_tests::listed_tracer;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceExt as _};

use super::service::{events, text};

type Connections = Client<HttpConnector, Empty<Bytes>>;

fn connections() -> Connections {
    Client::builder(TokioExecutor::new()).build_http()
}

/// A server that remembers the headers that it got.
struct Peer {
    url: String,
    received: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Peer {
    async fn start() -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let remembered = received.clone();
        let app = Router::new()
            .route("/ok", get(|| async { "0123456789" }))
            .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
            .route("/endless", get(|| async { Body::from_stream(endless()) }))
            .fallback(any(|| async {}))
            .layer(axum::middleware::map_request(move |request: Request| {
                let remembered = remembered.clone();
                async move {
                    remembered.lock().unwrap().push(request.headers().clone());
                    request
                }
            }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, received }
    }

    fn received(&self) -> HeaderMap {
        self.received.lock().unwrap().pop().unwrap()
    }

    fn request(&self, path: &str, recipient: Option<Recipient>) -> http::Request<Empty<Bytes>> {
        let mut request = http::Request::get(format!("{}{path}", self.url))
            .header("traceparent", "theirs")
            .body(Empty::new())
            .unwrap();
        request.extensions_mut().extend(
            recipient
                .map(|recipient| {
                    let mut extensions = http::Extensions::new();
                    extensions.insert(recipient);
                    extensions
                })
                .unwrap_or_default(),
        );
        request
    }
}

fn endless() -> impl futures::Stream<Item = Result<Bytes, std::convert::Infallible>> {
    futures::stream::repeat_with(|| Ok(Bytes::from_static(b"again")))
}

fn trusted() -> Option<Recipient> {
    Some(Recipient::Homeserver("trusted.example".to_owned()))
}

/// Sends a request inside of the span `caller`, and reads the answer.
async fn send(tracer: &Tracer, layer: ClientLayer, request: http::Request<Empty<Bytes>>) -> StatusCode {
    let client = layer.layer(connections());
    let work = async move {
        let answer = client.oneshot(request).await.unwrap();
        let status = answer.status();
        answer.into_body().collect().await.unwrap();
        status
    };
    let caller = with_tracer(tracer, || build_span("caller").start());
    work.in_span(caller).with_tracer(tracer).await
}

fn outgoing(test: &TestTracer) -> FinishedSpan {
    let spans = test.finished_spans();
    let mut outgoing = spans
        .into_iter()
        .filter(|span| text(span, "span.kind") == "client");
    outgoing.next().unwrap()
}

#[tokio::test]
async fn a_listed_homeserver_gets_the_context_of_the_outgoing_request() {
    let (peer, test) = (Peer::start().await, listed_tracer());
    let request = peer.request("/ok?access_token=syt_abc", trusted());
    assert_eq!(send(test.tracer(), ClientLayer::new(), request).await, 200);
    let span = outgoing(&test);
    assert_eq!(span.operation_name, "outgoing-federation-request");
    for (key, expected) in [
        ("peer.address", "trusted.example"),
        ("http.method", "GET"),
        ("http.status_code", "200"),
        ("http.response_content_length", "10"),
        ("http.url", "/ok"),
    ] {
        assert_eq!(text(&span, key), expected, "{key}");
    }
    assert_eq!(span.parent_span_id, Some(test.finished_span("caller").span_id));
    assert_eq!(events(&span), ["headers received", "body received"]);
    let headers = peer.received();
    let sent = headers["uber-trace-id"].to_str().unwrap();
    assert!(
        sent.starts_with(&format!("{}:{}:", span.trace_id, span.span_id)),
        "{sent}"
    );
    assert!(!headers.contains_key("traceparent"), "it was somebody else's");
}

#[tokio::test]
async fn a_request_of_reqwest_is_a_span_until_its_body_was_read() {
    let (peer, test) = (Peer::start().await, listed_tracer());
    let work = async {
        let request = reqwest::Client::new()
            .get(format!("{}/ok?token=secret", peer.url))
            .header("traceparent", "theirs");
        let answer = request.send_to(trusted().unwrap()).await.unwrap();
        assert_eq!(answer.url().path(), "/ok");
        assert!(test.finished_spans().is_empty(), "the body was not read yet");
        assert_eq!(answer.text().await.unwrap(), "0123456789");
    };
    work.with_tracer(test.tracer()).await;
    let span = outgoing(&test);
    assert_eq!(span.operation_name, "outgoing-federation-request");
    assert_eq!(text(&span, "http.status_code"), "200");
    assert_eq!(text(&span, "http.url"), "/ok");
    let headers = peer.received();
    let sent = headers["uber-trace-id"].to_str().unwrap();
    assert!(
        sent.starts_with(&format!("{}:{}:", span.trace_id, span.span_id)),
        "{sent}"
    );
    assert!(!headers.contains_key("traceparent"));
}

#[tokio::test]
async fn a_request_of_reqwest_that_fails_is_a_failure() {
    let test = listed_tracer();
    let request = reqwest::Client::new().get("http://127.0.0.1:1/");
    let answer = request
        .send_to(Recipient::ThirdParty)
        .with_tracer(test.tracer())
        .await;
    assert!(answer.unwrap_err().is_connect());
    let span = outgoing(&test);
    assert_eq!(span.operation_name, "outgoing-request");
    assert_eq!(text(&span, "error"), "true");
}

/// The message of the record of the error.
fn message(span: &FinishedSpan) -> Option<String> {
    let fields = span.logs.iter().flat_map(|record| &record.fields);
    let mut messages = fields.filter(|field| field.key == "message");
    messages.next().map(|field| field.value.to_string())
}

#[tokio::test]
async fn a_request_of_reqwest_that_fails_says_why_and_not_where() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cut = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let [silent_url, cut_url] =
        [&silent, &cut].map(|of| format!("http://{}/secret?token=x", of.local_addr().unwrap()));
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut connection, _) = cut.accept().await.unwrap();
        let _ = connection.read(&mut [0; 1024]).await.unwrap();
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234";
        connection.write_all(half).await.unwrap();
    });
    let refused = "http://127.0.0.1:1/secret?token=x".to_owned();
    for (url, expected) in [
        (refused, "connect: connection refused"),
        (silent_url, "timed out"),
        (cut_url, "body: unexpected end of file"),
    ] {
        let test = listed_tracer();
        // Where something else is expected, a busy machine must not end it before.
        let patience = match expected {
            "timed out" => Duration::from_millis(300),
            _ => Duration::from_secs(60),
        };
        let client = reqwest::Client::builder().no_proxy().timeout(patience);
        let work = async {
            let answer = client
                .build()
                .unwrap()
                .get(&url)
                .send_to(Recipient::ThirdParty)
                .await;
            match answer {
                Ok(answer) => answer.bytes().await.map(drop),
                Err(error) => Err(error),
            }
        };
        assert!(work.with_tracer(test.tracer()).await.is_err(), "{url}");
        let span = outgoing(&test);
        assert_eq!(message(&span).as_deref(), Some(expected), "{url}");
        assert_eq!(text(&span, "error"), "true");
    }
}

#[tokio::test]
async fn others_get_nothing_and_lose_what_somebody_else_wrote() {
    let (peer, test) = (Peer::start().await, listed_tracer());
    let stranger = Recipient::Homeserver("stranger.example".to_owned());
    for recipient in [Some(stranger), Some(Recipient::ThirdParty), None] {
        let request = peer.request("/ok", recipient.clone());
        send(test.tracer(), ClientLayer::new(), request).await;
        let headers = peer.received();
        for name in ["uber-trace-id", "traceparent"] {
            assert!(!headers.contains_key(name), "{recipient:?}: {headers:?}");
        }
    }
}

#[tokio::test]
async fn trace_headers_are_removed_while_tracing_is_off() {
    let peer = Peer::start().await;
    let client = ClientLayer::new().layer(connections());
    client.oneshot(peer.request("/ok", trusted())).await.unwrap();
    assert!(!peer.received().contains_key("traceparent"));
}

#[tokio::test]
async fn the_layer_may_know_the_recipient_and_the_name() {
    let (peer, test) = (Peer::start().await, listed_tracer());
    let layer = ClientLayer::new()
        .recipient(|_| Some(Recipient::Internal))
        .name(|request| Some(format!("{} of a worker", request.method)));
    send(test.tracer(), layer, peer.request("/ok", None)).await;
    assert_eq!(outgoing(&test).operation_name, "GET of a worker");
    assert!(peer.received().contains_key("uber-trace-id"));
}

#[tokio::test]
async fn an_answer_of_4xx_and_an_error_are_failures() {
    let (peer, test) = (Peer::start().await, listed_tracer());
    send(
        test.tracer(),
        ClientLayer::new(),
        peer.request("/missing", trusted()),
    )
    .await;
    assert_eq!(text(&outgoing(&test), "error"), "true");

    let test = listed_tracer();
    let client = ClientLayer::new().layer(connections());
    let request = http::Request::get("http://127.0.0.1:1/")
        .body(Empty::new())
        .unwrap();
    let answer = client.oneshot(request).with_tracer(test.tracer()).await;
    assert!(answer.is_err());
    let span = outgoing(&test);
    assert_eq!(text(&span, "error"), "true");
    assert_eq!(span.tag("cancelled"), None);
}

#[tokio::test]
async fn a_body_that_is_dropped_in_the_middle_is_cancelled() {
    let (peer, test) = (Peer::start().await, listed_tracer());
    let client = ClientLayer::new().layer(connections());
    let request = peer.request("/endless", trusted());
    let answer = client.oneshot(request).with_tracer(test.tracer()).await.unwrap();
    let mut body = answer.into_body();
    assert!(body.frame().await.is_some());
    drop(body);
    let span = outgoing(&test);
    assert_eq!(text(&span, "cancelled"), "true");
    assert_ne!(text(&span, "http.response_bytes_received"), "0");
}
