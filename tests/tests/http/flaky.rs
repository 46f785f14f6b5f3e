//! A server that fails at first, and what its clients say.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use fedtrace::testing::TestTracer;
use fedtrace::tower::Recipient;
use fedtrace::{FinishedSpan, TraceFutureExt as _, build_span, with_tracer};
use tokio::net::TcpListener;

use super::service::text;

/// A server that has failed so many times before it answers, and remembers the headers that it got. `/moved` leads to another one.
pub(crate) struct Flaky {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<HeaderMap>>>,
}

pub(crate) async fn flaky(failures: usize, moved_to: String) -> Flaky {
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
    pub(crate) fn contexts(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let contexts = received.iter().map(|headers| {
            assert!(!headers.contains_key("traceparent"), "it was somebody else's");
            let context = headers.get("uber-trace-id");
            context.map(|context| context.to_str().unwrap().to_owned())
        });
        contexts.map(Option::unwrap_or_default).collect()
    }
}

pub(crate) fn trusted() -> Recipient {
    Recipient::Homeserver("trusted.example".to_owned())
}

/// Runs inside of the span `caller`.
pub(crate) async fn in_caller<T>(test: &TestTracer, work: impl Future<Output = T>) -> T {
    let caller = with_tracer(test.tracer(), || build_span("caller").start());
    work.in_span(caller).with_tracer(test.tracer()).await
}

/// The spans of the attempts, in their order.
pub(crate) fn attempts(test: &TestTracer) -> Vec<FinishedSpan> {
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
