//! The page of a server with many requests, of which few are recorded.

use std::collections::HashMap;
use std::io::{Error, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use fedtrace::page::Traces;
use fedtrace::reporter::UdpReporter;
use fedtrace::sampler::ProbabilisticSampler;
use fedtrace::tower::ServerLayer;
use fedtrace::{Keep, Tracer, TracerGuard, trace};
use fedtrace_tests::FakeAgent;
use serde_json::Value;
use tokio::net::TcpListener;

use super::service::WithTracerLayer;

const REQUESTS: usize = 10_000;
const CONNECTIONS: usize = 4;
const SLOW: [usize; 3] = [100, 5_001, 9_002];
const FAILED: [usize; 2] = [777, 8_888];
/// The spans of each request.
const SPANS: usize = 3;
const LIMIT: Duration = Duration::from_secs(2);

#[trace]
async fn answer(number: usize) -> Result<usize, Error> {
    if SLOW.contains(&number) {
        tokio::time::sleep(LIMIT + Duration::from_millis(100)).await;
    }
    load(number).await
}

#[trace]
async fn load(number: usize) -> Result<usize, Error> {
    match FAILED.contains(&number) {
        true => Err(Error::other(format!("{number} is locked"))),
        false => Ok(number),
    }
}

fn app(traces: &Traces) -> Router {
    let handler = |Path(number): Path<usize>| async move {
        let answered = answer(number).await.map(|number| number.to_string());
        answered.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    };
    Router::new()
        .route("/{number}", get(handler))
        .layer(ServerLayer::new())
        .nest_service("/_fedtrace", traces.service().loopback_only())
}

fn tracer(agent: &FakeAgent) -> (Tracer, TracerGuard) {
    Tracer::builder("test")
        .sampler(ProbabilisticSampler::new(0.001))
        .keep(Keep::new().slower_than(LIMIT))
        .reporter(UdpReporter::new(agent.host(), agent.port()))
        .queue_size(1_000_000)
        .build()
        .unwrap()
}

/// Sends the requests whose number is `first` or follows it by a multiple of the connections, each after the answer to the one
/// before.
fn send(address: SocketAddr, first: usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    for number in (first..REQUESTS).step_by(CONNECTIONS) {
        let request = format!("GET /{number} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let length = stream.read(&mut buffer).unwrap();
        let answer = String::from_utf8_lossy(&buffer[..length]);
        let status = if FAILED.contains(&number) { "500" } else { "200" };
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

async fn json(address: SocketAddr, query: &str) -> Value {
    let url = format!("http://{address}/_fedtrace{query}");
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

fn names(spans: &mut dyn Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = spans.collect();
    names.sort();
    names
}

async fn serve(tracer: &Tracer) -> SocketAddr {
    let traces = Traces::new().watch(tracer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app(&traces).layer(WithTracerLayer(tracer.clone()));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// What the page says of the operation once all requests have ended. The last answers may be read before that.
async fn all_counted(address: SocketAddr, guard: &TracerGuard) -> Value {
    loop {
        guard.flush_async(Duration::from_secs(10)).await.unwrap();
        let mut list = json(address, "?format=json").await;
        let operation = list["operations"][0].take();
        assert!(
            operation["count"].as_u64() <= Some(REQUESTS as u64),
            "{operation:#}"
        );
        if operation["count"] == REQUESTS {
            return operation;
        }
    }
}

/// The ids of the traces that were slow, and of those that failed.
fn listed(operation: &Value) -> (Vec<String>, Vec<String>) {
    assert_eq!(operation["operation"], "GET /{number}");
    assert_eq!(operation["failed"], FAILED.len());
    let id = |trace: &Value| trace["traceID"].as_str().unwrap().to_owned();
    let limit = LIMIT.as_micros() as u64;
    let slowest = operation["slowest"].as_array().unwrap().iter();
    let slow = slowest.filter(|trace| trace["duration"].as_u64() >= Some(limit));
    let failed = operation["failures"].as_array().unwrap().iter();
    let ids: (Vec<_>, Vec<_>) = (slow.map(id).collect(), failed.map(id).collect());
    assert_eq!(
        (ids.0.len(), ids.1.len()),
        (SLOW.len(), FAILED.len()),
        "{operation:#}"
    );
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_slow_and_the_failed_of_ten_thousand_requests_are_on_the_page_and_in_jaeger_with_all_their_spans()
{
    let agent = FakeAgent::start();
    let (tracer, guard) = tracer(&agent);
    let address = serve(&tracer).await;
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|first| thread::spawn(move || send(address, first)))
        .collect();
    let all_sent = move || clients.into_iter().for_each(|client| client.join().unwrap());
    tokio::task::spawn_blocking(all_sent).await.unwrap();
    let operation = all_counted(address, &guard).await;

    let (slow, failed) = listed(&operation);
    let stats = tracer.stats();
    let recorded = stats.reported_spans as usize;
    // A sampler of 0.1 % records about ten more.
    assert!(recorded < 60 * SPANS, "{stats:?}");
    assert_eq!(stats.lost_spans(), 0, "{stats:?}");
    let mut at_agent: HashMap<String, Vec<String>> = HashMap::new();
    for span in agent.spans_within(recorded, Duration::from_secs(10)) {
        let id = format!("{:016x}", span.trace_id_low);
        at_agent.entry(id).or_default().push(span.operation_name);
    }

    for id in slow.iter().chain(&failed) {
        let shown = json(address, &format!("?trace={id}&format=json")).await;
        let spans = shown["data"][0]["spans"].as_array().unwrap();
        let mut on_page = spans
            .iter()
            .map(|span| span["operationName"].as_str().unwrap().to_owned());
        assert_eq!(names(&mut on_page), ["GET /{number}", "answer", "load"]);
        let sent = at_agent.remove(id).unwrap_or_default();
        assert_eq!(
            names(&mut sent.into_iter()),
            ["GET /{number}", "answer", "load"],
            "{id}"
        );
    }
}
