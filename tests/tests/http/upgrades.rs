//! Connections that are no longer HTTP: their span follows from the request that has opened them.

use std::convert::Infallible;
use std::future::Ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;
use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::TestTracer;
use fedtrace::tower::{ServerLayer, upgraded};
use fedtrace::{
    FinishedSpan, ReferenceKind, TraceFutureExt as _, Tracer, active_span, start_active_span, trace,
    with_tracer,
};
use futures::{SinkExt as _, StreamExt as _};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite;

use super::hyper_server;
use super::service::{TestServer, spans, text};

#[trace]
fn on_message(text: &str) -> String {
    text.to_uppercase()
}

#[trace]
async fn answer(socket: &mut (impl futures::Sink<Message> + Unpin), text: String) {
    socket.send(Message::Text(text.into())).await.ok();
}

/// One task reads, another one writes.
async fn serve(socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (answers, mut next) = mpsc::channel::<String>(4);
    let read = async move {
        while let Some(Ok(Message::Text(text))) = stream.next().await {
            answers.send(on_message(&text)).await.ok();
        }
    };
    let write = async move {
        while let Some(text) = next.recv().await {
            answer(&mut sink, text).await;
        }
    };
    let read = tokio::spawn(read.in_active_span());
    let write = tokio::spawn(write.in_active_span());
    read.await.unwrap();
    write.await.unwrap();
}

async fn open(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(upgraded("websocket", serve))
}

fn app() -> Router {
    Router::new().route("/live", any(open)).layer(ServerLayer::new())
}

fn named<'a>(spans: &'a [FinishedSpan], name: &str) -> &'a FinishedSpan {
    spans.iter().find(|span| span.operation_name == name).unwrap()
}

#[track_caller]
fn assert_follows(later: &FinishedSpan, request: &FinishedSpan) {
    assert_eq!(later.trace_id, request.trace_id);
    let [reference] = &*later.references else {
        panic!("{:?}", later.references);
    };
    assert_eq!(reference.kind, ReferenceKind::FollowsFrom);
    assert_eq!(reference.span_id, request.span_id);
}

async fn talk(server: &TestServer) {
    let url = format!("ws://{}/live", server.address);
    let (mut socket, answer) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(answer.status(), 101);
    for word in ["one", "two"] {
        socket.send(tungstenite::Message::text(word)).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap();
        assert_eq!(answer.into_text().unwrap().as_str(), word.to_uppercase());
    }
    socket.close(None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tasks_of_a_websocket_are_below_a_span_that_follows_from_its_request() {
    let server = TestServer::start(app()).await;
    talk(&server).await;
    let spans = server.spans(|_| true, 6).await;
    let request = named(&spans, "GET /live");
    assert_eq!(text(request, "http.status_code"), "101");
    assert_eq!(request.tag("cancelled"), None);
    let socket = named(&spans, "websocket");
    assert_follows(socket, request);
    assert_eq!(socket.tag("cancelled"), None);
    let below = spans
        .iter()
        .filter(|span| span.parent_span_id == Some(socket.span_id));
    let mut names: Vec<_> = below.map(|span| &*span.operation_name).collect();
    names.sort_unstable();
    assert_eq!(names, ["answer", "answer", "on_message", "on_message"]);
}

#[tokio::test]
async fn the_request_of_a_websocket_has_ended_before_the_connection() {
    let server = TestServer::start(app()).await;
    let url = format!("ws://{}/live", server.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(server.request_span().await.operation_name, "GET /live");
    let ended = server.test.finished_spans();
    assert!(ended.iter().all(|span| span.operation_name != "websocket"));
    socket.close(None).await.unwrap();
    server.spans(|span| span.operation_name == "websocket", 1).await;
}

#[test]
fn a_connection_without_a_request_span_is_served_without_an_active_span() {
    let test = TestTracer::new();
    let is_alone = with_tracer(test.tracer(), || {
        let serve = upgraded("websocket", |()| async { active_span().is_none() });
        let _other = start_active_span("other");
        futures::executor::block_on(serve(()))
    });
    assert!(is_alone);
    let ended: Vec<_> = test.finished_spans();
    assert_eq!(ended.len(), 1, "{ended:?}");
}

#[test]
fn a_connection_whose_service_panics_before_it_has_a_future_has_failed_and_its_span_has_ended() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let request = start_active_span("request");
        let serve = upgraded("websocket", |()| -> Ready<()> { panic!("on purpose") });
        assert!(catch_unwind(AssertUnwindSafe(|| drop(serve(())))).is_err());
        assert_eq!(active_span().unwrap().context(), request.span().context());
    });
    let ended = test.finished_spans();
    let socket = named(&ended, "websocket");
    assert_follows(socket, named(&ended, "request"));
    assert_eq!(text(socket, "error"), "true");
    assert_eq!(socket.tag("cancelled"), None);
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_connection_whose_tracer_has_ended_is_served_without_an_active_span() {
    let (tracer, guard) = Tracer::builder("ended")
        .reporter(MemoryReporter::new())
        .build()
        .unwrap();
    let serve = with_tracer(&tracer, || {
        let _request = start_active_span("request");
        upgraded("websocket", |()| {
            let when_called = active_span().is_none();
            async move { when_called && active_span().is_none() }
        })
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let other = TestTracer::new();
    let is_alone = with_tracer(other.tracer(), || {
        let _other = start_active_span("other");
        futures::executor::block_on(serve(()))
    });
    assert!(is_alone);
    assert_eq!(other.finished_spans().len(), 1);
}

#[trace]
async fn echo(connection: &mut TokioIo<hyper::upgrade::Upgraded>) {
    let mut word = [0; 4];
    connection.read_exact(&mut word).await.unwrap();
    connection.write_all(&word).await.unwrap();
}

async fn tunnel(mut request: http::Request<Incoming>) -> Result<http::Response<Empty<Bytes>>, Infallible> {
    let serve = upgraded("tunnel", |connection| async move {
        echo(&mut TokioIo::new(connection)).await;
    });
    let connection = hyper::upgrade::on(&mut request);
    tokio::spawn(async move { serve(connection.await.unwrap()).await });
    let answer = http::Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "echo");
    Ok(answer.body(Empty::new()).unwrap())
}

#[tokio::test]
async fn an_upgraded_connection_of_hyper_has_a_span_that_follows_from_its_request() {
    let test = TestTracer::new();
    let address = hyper_server::start(&test, ServerLayer::new().name(|_| Some("open")), tunnel).await;
    let connection = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(connection).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    let request = http::Request::get("/")
        .header("host", "a")
        .header("connection", "upgrade")
        .header("upgrade", "echo")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 101);
    let mut connection = TokioIo::new(hyper::upgrade::on(answer).await.unwrap());
    connection.write_all(b"ping").await.unwrap();
    let mut word = [0; 4];
    connection.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"ping");
    let spans = spans(&test, |_| true, 3).await;
    let tunnel = named(&spans, "tunnel");
    assert_follows(tunnel, named(&spans, "open"));
    assert_eq!(named(&spans, "echo").parent_span_id, Some(tunnel.span_id));
}
