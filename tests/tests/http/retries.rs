//! Clients that send a request again.

use std::future::{Ready, ready};
use std::time::Duration;

use bytes::Bytes;
use fedtrace::FinishedSpan;
use fedtrace::tower::{Attempts, Client, ClientLayer};
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

use super::flaky::{attempts, flaky, in_caller, trusted};
use super::service::text;

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
        assert!(text(span, "http.url").starts_with('/') && !text(span, "http.url").contains("token"));
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
    assert_eq!(cause, "connect: connection refused");
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
