//! A server on loopback whose spans go to a tracer of the test.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use fedtrace::testing::TestTracer;
use fedtrace::{FinishedSpan, TagValue, TraceFutureExt as _, Tracer};
use tokio::net::TcpListener;

pub(crate) struct TestServer {
    pub(crate) test: TestTracer,
    pub(crate) address: SocketAddr,
}

impl TestServer {
    /// Serves with the tracer of the test, whichever thread a connection is on.
    pub(crate) async fn start(app: Router) -> Self {
        Self::start_with(TestTracer::new(), app).await
    }

    pub(crate) async fn start_with(test: TestTracer, app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app.layer(WithTracerLayer(test.tracer().clone()));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { test, address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        reqwest::get(self.url(path)).await.unwrap()
    }

    /// The span of the only request, once it has ended. Its end may come after the client has the answer.
    pub(crate) async fn request_span(&self) -> FinishedSpan {
        self.spans(|span| span.tag("span.kind").is_some(), 1)
            .await
            .remove(0)
    }

    pub(crate) async fn spans(
        &self,
        which: impl Fn(&FinishedSpan) -> bool,
        count: usize,
    ) -> Vec<FinishedSpan> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let spans = self.test.finished_spans();
            let found: Vec<_> = spans.iter().filter(|span| which(span)).cloned().collect();
            if found.len() >= count || Instant::now() > deadline {
                assert_eq!(found.len(), count, "{spans:#?}");
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) fn text(span: &FinishedSpan, key: &str) -> String {
    span.tag(key).map(TagValue::to_string).unwrap_or_default()
}

pub(crate) fn events(span: &FinishedSpan) -> Vec<String> {
    let logs = span.logs.iter();
    logs.map(|log| log.fields[0].value.to_string()).collect()
}

/// Lets what is inside use a tracer.
#[derive(Clone)]
pub(crate) struct WithTracerLayer(pub(crate) Tracer);

impl<S> tower_layer::Layer<S> for WithTracerLayer {
    type Service = WithTracerService<S>;

    fn layer(&self, inner: S) -> WithTracerService<S> {
        WithTracerService {
            inner,
            tracer: self.0.clone(),
        }
    }
}

#[derive(Clone)]
pub(crate) struct WithTracerService<S> {
    inner: S,
    tracer: Tracer,
}

impl<S, R> tower::Service<R> for WithTracerService<S>
where
    S: tower::Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = fedtrace::WithTracer<S::Future>;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let future = fedtrace::with_tracer(&self.tracer, || self.inner.call(request));
        future.with_tracer(&self.tracer)
    }
}
