//! Clients that send a request again, and middleware of reqwest.

use std::future::{Ready, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use fedtrace::testing::TestTracer;
use fedtrace::tower::{Attempts, Client, ClientLayer, Recipient};
use fedtrace::{FinishedSpan, TraceFutureExt as _, build_span, with_tracer};
use fedtrace_tests::listed_tracer;
use http::Response;
use http_body_util::Empty;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest::redirect;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::policies::ExponentialBackoff;
use reqwest_retry::{Jitter, RetryTransientMiddleware};
use tokio::net::TcpListener;
use tower::retry::Policy;
use tower::{ServiceBuilder, ServiceExt as _};

use super::service::text;

/// A server that has failed so many times before it answers, and remembers the headers that it got. `/moved` leads to another one.
struct Flaky {
    url: String,
    received: Arc<Mutex<Vec<HeaderMap>>>,
}

async fn flaky(failures: usize, moved_to: String) -> Flaky {
    let (left, received) = (
        Arc::new(AtomicUsize::new(failures)),
        Arc::new(Mutex::new(Vec::new())),
    );
    let remembered = received.clone();
    let app = Router::new().fallback(move |request: Request| {
        remembered.lock().unwrap().push(request.headers().clone());
        let fails = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let is_moved = request.uri().path() == "/moved";
        let location = [("location", moved_to.clone())];
        async move {
            match (fails, is_moved) {
                (Ok(_), _) => (StatusCode::SERVICE_UNAVAILABLE, location, ""),
                (Err(_), true) => (StatusCode::TEMPORARY_REDIRECT, location, ""),
                (Err(_), false) => (StatusCode::OK, location, "answer"),
            }
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Flaky { url, received }
}

impl Flaky {
    /// The contexts that it got, one for each request; empty if there was none.
    fn contexts(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let contexts = received.iter().map(|headers| {
            assert!(!headers.contains_key("traceparent"), "it was somebody else's");
            let context = headers.get("uber-trace-id");
            context.map(|context| context.to_str().unwrap().to_owned())
        });
        contexts.map(Option::unwrap_or_default).collect()
    }
}

fn trusted() -> Recipient {
    Recipient::Homeserver("trusted.example".to_owned())
}

/// Runs inside of the span `caller`.
async fn in_caller<T>(test: &TestTracer, work: impl Future<Output = T>) -> T {
    let caller = with_tracer(test.tracer(), || build_span("caller").start());
    work.in_span(caller).with_tracer(test.tracer()).await
}

/// The spans of the attempts, in their order.
fn attempts(test: &TestTracer) -> Vec<FinishedSpan> {
    let mut spans = test.finished_spans();
    spans.retain(|span| text(span, "span.kind") == "client");
    spans.sort_by_key(|span| span.start_time);
    let caller = test.finished_span("caller");
    assert!(
        spans
            .iter()
            .all(|span| span.parent_span_id == Some(caller.span_id))
    );
    spans
}

/// The attempt and the cause that a span says.
fn retry(span: &FinishedSpan) -> Option<(String, String)> {
    let mut records = span.logs.iter().map(|record| {
        let field = |key: &str| {
            let field = record.fields.iter().find(|field| field.key == key);
            field.map(|field| field.value.to_string()).unwrap_or_default()
        };
        (field("event"), field("attempt"), field("cause"))
    });
    let found = records.find(|(event, ..)| event == "retry");
    found.map(|(_, attempt, cause)| (attempt, cause))
}

fn attempt(number: &str, cause: &str) -> Option<(String, String)> {
    Some((number.to_owned(), cause.to_owned()))
}

fn with_retries() -> ClientWithMiddleware {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(1), Duration::from_millis(2))
        .jitter(Jitter::None)
        .build_with_max_retries(3);
    let client = reqwest::Client::builder().redirect(redirect::Policy::none());
    ClientBuilder::new(client.build().unwrap())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .with(ClientLayer::new())
        .build()
}

#[tokio::test]
async fn each_attempt_of_a_middleware_that_retries_is_a_span_that_says_why() {
    let (server, test) = (flaky(2, String::new()).await, listed_tracer());
    let request = with_retries()
        .get(format!("{}/?token=secret", server.url))
        .header("traceparent", "theirs")
        .with_extension(trusted());
    let answer = in_caller(&test, async {
        request.send().await.unwrap().text().await.unwrap()
    })
    .await;
    assert_eq!(answer, "answer");
    let spans = attempts(&test);
    let said: Vec<_> = spans.iter().map(retry).collect();
    assert_eq!(said, [None, attempt("2", "503"), attempt("3", "503")]);
    let statuses: Vec<_> = spans.iter().map(|span| text(span, "http.status_code")).collect();
    assert_eq!(statuses, ["503", "503", "200"]);
    for (span, context) in spans.iter().zip(server.contexts()) {
        assert_eq!(span.operation_name, "outgoing-federation-request");
        assert!(text(span, "http.url").ends_with("?token=<redacted>"));
        assert!(
            context.starts_with(&format!("{}:{}:", span.trace_id, span.span_id)),
            "{context}"
        );
    }
}

#[tokio::test]
async fn an_attempt_without_an_answer_is_a_cause_too() {
    let test = listed_tracer();
    let request = with_retries()
        .get("http://127.0.0.1:1/")
        .with_extension(trusted());
    let answer = in_caller(&test, async { request.send().await }).await;
    assert!(answer.is_err());
    let spans = attempts(&test);
    assert_eq!(spans.len(), 4);
    assert!(spans.iter().all(|span| text(span, "error") == "true"));
    let (number, cause) = retry(&spans[3]).unwrap();
    assert_eq!(number, "4");
    assert!(cause.contains("reqwest_middleware::error::Error"), "{cause}");
}

#[tokio::test]
async fn the_span_of_a_middleware_ends_with_the_body_and_its_closures_see_the_request() {
    #[derive(Clone)]
    struct Room(&'static str);

    let (server, test) = (flaky(0, String::new()).await, listed_tracer());
    let layer = ClientLayer::new()
        .recipient(|request| {
            request
                .headers
                .contains_key("x-ours")
                .then_some(Recipient::Internal)
        })
        .name(|request| Some(request.extensions.get::<Room>()?.0));
    let client = ClientBuilder::new(reqwest::Client::new()).with(layer).build();
    let request = client
        .get(&server.url)
        .header("x-ours", "1")
        .with_extension(Room("of a room"));
    let work = async {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.url().as_str(), format!("{}/", server.url));
        assert_eq!(answer.content_length(), Some(6));
        assert!(test.finished_spans().is_empty(), "the body was not read yet");
        answer.text().await.unwrap()
    };
    assert_eq!(in_caller(&test, work).await, "answer");
    let spans = attempts(&test);
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].operation_name, "of a room");
    assert_eq!(text(&spans[0], "http.response_content_length"), "6");
    assert_ne!(server.contexts(), [""]);
}

#[tokio::test]
async fn a_middleware_tells_others_nothing_and_removes_headers_also_while_tracing_is_off() {
    let server = flaky(0, String::new()).await;
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(ClientLayer::new())
        .build();
    let stranger = Recipient::Homeserver("stranger.example".to_owned());
    for recipient in [Some(stranger), Some(Recipient::ThirdParty), None] {
        let mut request = client.get(&server.url).header("traceparent", "theirs");
        if let Some(recipient) = recipient {
            request = request.with_extension(recipient);
        }
        in_caller(&listed_tracer(), request.send()).await.unwrap();
    }
    let request = client.get(&server.url).header("traceparent", "theirs");
    request.with_extension(trusted()).send().await.unwrap();
    assert_eq!(server.contexts(), [""; 4]);
}

#[tokio::test]
async fn with_redirects_off_a_middleware_tells_the_stranger_nothing() {
    let stranger = flaky(0, String::new()).await;
    let (server, test) = (flaky(0, stranger.url.clone()).await, listed_tracer());
    let request = with_retries()
        .get(format!("{}/moved", server.url))
        .with_extension(trusted());
    let answer = in_caller(&test, request.send()).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_ne!(server.contexts(), [""]);
    assert!(stranger.contexts().is_empty(), "it was not asked");
}

/// Sends a request three times at most.
#[derive(Clone)]
struct Thrice(u8);

type Connections = hyper_util::client::legacy::Client<HttpConnector, Empty<Bytes>>;

impl<B, E> Policy<http::Request<Empty<Bytes>>, Response<B>, E> for Thrice {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut http::Request<Empty<Bytes>>,
        answer: &mut Result<Response<B>, E>,
    ) -> Option<Ready<()>> {
        let is_final = answer.as_ref().is_ok_and(|answer| answer.status().is_success());
        self.0 = self.0.checked_sub(1).filter(|_| !is_final)?;
        Some(ready(()))
    }

    fn clone_request(
        &mut self,
        request: &http::Request<Empty<Bytes>>,
    ) -> Option<http::Request<Empty<Bytes>>> {
        Some(request.clone())
    }
}

fn counted<B>(mut request: http::Request<B>) -> http::Request<B> {
    request.extensions_mut().insert(Attempts::new());
    request
}

#[tokio::test]
async fn each_attempt_of_a_retry_of_tower_is_a_span_that_says_why() {
    let (server, test) = (flaky(1, String::new()).await, listed_tracer());
    let connections: Connections =
        hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let client = ServiceBuilder::new()
        .map_request(counted)
        .retry(Thrice(2))
        .layer(ClientLayer::new())
        .service(connections);
    for _ in 0..2 {
        let mut request = http::Request::get(&server.url).body(Empty::new()).unwrap();
        request.extensions_mut().insert(trusted());
        let answer = in_caller(&test, client.clone().oneshot(request)).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let mut spans = test.finished_spans();
    spans.retain(|span| text(span, "span.kind") == "client");
    spans.sort_by_key(|span| span.start_time);
    let said: Vec<_> = spans.iter().map(retry).collect();
    assert_eq!(
        said,
        [None, attempt("2", "503"), None],
        "another request begins anew"
    );
}

/// Gives up before the server answers.
#[tokio::test]
async fn an_attempt_that_a_timeout_ends_is_the_cause_of_the_next() {
    let test = listed_tracer();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let connections: Connections =
        hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let client: tower::timeout::Timeout<Client<Connections>> = ServiceBuilder::new()
        .timeout(Duration::from_millis(20))
        .layer(ClientLayer::new())
        .service(connections);
    let client = ServiceBuilder::new()
        .map_request(counted)
        .retry(Thrice(1))
        .service(client);
    let request = http::Request::get(url).body(Empty::new()).unwrap();
    assert!(in_caller(&test, client.oneshot(request)).await.is_err());
    let spans = attempts(&test);
    let said: Vec<_> = spans.iter().map(retry).collect();
    assert_eq!(said, [None, attempt("2", "cancelled")]);
    assert!(spans.iter().all(|span| text(span, "cancelled") == "true"));
}
