//! Servers and clients of hyper alone, in both versions of HTTP: trailers, clients that reset a stream, many at once.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use fedtrace::testing::TestTracer;
use fedtrace::tower::{ClientLayer, Recipient, ServerLayer};
use fedtrace::{FinishedSpan, TraceFutureExt as _, set_tag, trace};
use futures::{StreamExt as _, stream};
use http::{HeaderMap, Request, Response, Version};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Notify;
use tower::{Layer as _, ServiceExt as _};

use super::hyper_server;
use super::service::{events, request_span, spans, text};

type Body = BoxBody<Bytes, Infallible>;

const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

#[trace]
async fn inner(number: u64) {
    tokio::task::yield_now().await;
    set_tag("number", number);
}

fn with_trailers() -> Body {
    let trailers = HeaderMap::from_iter([("x-checksum".parse().unwrap(), "abc".parse().unwrap())]);
    let frames = [
        Frame::data(Bytes::from_static(b"data")),
        Frame::trailers(trailers),
    ];
    BodyExt::boxed(StreamBody::new(stream::iter(frames.map(Ok))))
}

fn endless() -> Body {
    let frames = stream::repeat_with(|| Ok(Frame::data(Bytes::from_static(b"again"))));
    BodyExt::boxed(StreamBody::new(frames.then(async |frame| {
        tokio::task::yield_now().await;
        frame
    })))
}

/// `/trailers`, `/endless` and `/forever`, which says when it was reached; else the answer is the number in the path.
async fn handle(request: Request<Incoming>, reached: Arc<Notify>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path();
    Ok(match path {
        "/trailers" => {
            let answer = Response::builder().header("trailer", "x-checksum");
            answer.body(with_trailers()).unwrap()
        }
        "/endless" => Response::new(endless()),
        "/forever" => {
            reached.notify_one();
            std::future::pending().await
        }
        _ => {
            let number: u64 = path[1..].parse().unwrap();
            set_tag("number", number);
            inner(number).await;
            Response::new(BodyExt::boxed(Full::new(number.to_string().into())))
        }
    })
}

struct Server {
    test: TestTracer,
    address: SocketAddr,
    reached: Arc<Notify>,
}

async fn start() -> Server {
    let (test, reached) = (TestTracer::new(), Arc::new(Notify::new()));
    let notify = reached.clone();
    let layer = ServerLayer::new().internal();
    let address = hyper_server::start(&test, layer, move |request| handle(request, notify.clone())).await;
    Server {
        test,
        address,
        reached,
    }
}

type Connections = Client<HttpConnector, Empty<Bytes>>;

fn connections(version: Version) -> Connections {
    let mut client = Client::builder(TokioExecutor::new());
    client.http2_only(version == Version::HTTP_2).build_http()
}

impl Server {
    fn request(&self, path: &str) -> Request<Empty<Bytes>> {
        Request::get(format!("http://{}{path}", self.address))
            .header("te", "trailers")
            .body(Empty::new())
            .unwrap()
    }
}

fn to_ours() -> ClientLayer {
    ClientLayer::new().recipient(|_| Some(Recipient::Internal))
}

#[tokio::test]
async fn a_service_of_hyper_alone_is_traced_in_both_versions_of_http() {
    for version in VERSIONS {
        let (server, ours) = (start().await, TestTracer::new());
        let client = to_ours().layer(connections(version));
        let work = async {
            let answer = client.oneshot(server.request("/7")).await.unwrap();
            assert_eq!(answer.version(), version);
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "7");
        };
        work.with_tracer(ours.tracer()).await;
        let span = request_span(&server.test).await;
        let sent = request_span(&ours).await;
        assert_eq!(
            (span.trace_id, span.parent_span_id),
            (sent.trace_id, Some(sent.span_id))
        );
        for span in [&span, &sent] {
            assert_eq!(text(span, "http.status_code"), "200");
            assert_eq!(text(span, "http.response_content_length"), "1");
            assert_eq!(span.tag("cancelled"), None);
        }
        let inner = server.test.finished_span("inner");
        assert_eq!(inner.parent_span_id, Some(span.span_id));
    }
}

#[tokio::test]
async fn trailers_are_passed_on_and_end_the_span() {
    for version in VERSIONS {
        let (server, ours) = (start().await, TestTracer::new());
        let client = to_ours().layer(connections(version));
        let work = async {
            let answer = client.oneshot(server.request("/trailers")).await.unwrap();
            let mut body = answer.into_body();
            let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(data, "data");
            assert!(ours.finished_spans().is_empty(), "the trailers are missing");
            let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
            assert_eq!(trailers["x-checksum"], "abc");
            assert_eq!(ours.finished_spans().len(), 1, "nothing follows trailers");
        };
        work.with_tracer(ours.tracer()).await;
        for (test, last) in [(&server.test, "body sent"), (&ours, "body received")] {
            let span = request_span(test).await;
            assert_eq!(events(&span).last().unwrap(), last, "{version:?}");
            assert_eq!(text(&span, "http.response_content_length"), "4");
            assert_eq!(span.tag("cancelled"), None);
        }
    }
}

#[tokio::test]
async fn a_client_that_resets_its_stream_in_the_body_cancels_the_request() {
    let server = start().await;
    let client = connections(Version::HTTP_2);
    let answer = client.request(server.request("/endless")).await.unwrap();
    let mut body = answer.into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    drop(body);
    let span = request_span(&server.test).await;
    assert_eq!(text(&span, "cancelled"), "true");
    assert_eq!(text(&span, "http.status_code"), "200");
    // The connection is there for the others.
    let answer = client.request(server.request("/1")).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "1");
}

#[tokio::test]
async fn a_client_that_resets_its_stream_before_the_answer_cancels_the_request() {
    for version in VERSIONS {
        let server = start().await;
        let client = connections(version);
        let request = tokio::spawn(client.request(server.request("/forever")));
        server.reached.notified().await;
        request.abort();
        let span = request_span(&server.test).await;
        assert_eq!(text(&span, "cancelled"), "true", "{version:?}");
        assert_eq!(span.tag("http.status_code"), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_streams_at_once_no_span_is_lost_and_none_has_a_wrong_parent() {
    let (server, ours) = (start().await, TestTracer::new());
    let client = to_ours().layer(connections(Version::HTTP_2));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1000_u64 {
        let request = client.clone().oneshot(server.request(&format!("/{number}")));
        let work = async move {
            set_tag("number", number);
            let answer = request.await.unwrap().into_body().collect().await.unwrap();
            assert_eq!(answer.to_bytes(), number.to_string());
        };
        let caller = fedtrace::with_tracer(ours.tracer(), || fedtrace::build_span("caller").start());
        tasks.spawn(work.in_span(caller));
    }
    tasks.join_all().await;
    let served = spans(&server.test, |_| true, 2000).await;
    let mut all: HashMap<_, FinishedSpan> = HashMap::new();
    let sent = spans(&ours, |_| true, 2000).await;
    all.extend(
        served
            .iter()
            .chain(&sent)
            .map(|span| (span.span_id, span.clone())),
    );
    assert_eq!(all.len(), 4000);
    // From the innermost span out: the handler's, the server's, the client's, the caller's.
    for inner in served.iter().filter(|span| span.operation_name == "inner") {
        let request = &all[&inner.parent_span_id.unwrap()];
        let outgoing = &all[&request.parent_span_id.unwrap()];
        let caller = &all[&outgoing.parent_span_id.unwrap()];
        assert_eq!(outgoing.operation_name, "outgoing-request");
        assert_eq!(caller.operation_name, "caller");
        for span in [request, caller] {
            assert_eq!(text(span, "number"), text(inner, "number"));
        }
        assert_eq!(caller.trace_id, inner.trace_id);
    }
}
