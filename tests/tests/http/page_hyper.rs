//! The page of traces in a server of hyper alone.

use std::net::SocketAddr;

use fedtrace::page::{Traces, TracesService};
use fedtrace::testing::TestTracer;
use fedtrace::{start_active_span, with_tracer};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower::Service as _;

/// Serves the page. It is told who asks if `is_told`.
async fn serve(page: TracesService, is_told: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, address) = listener.accept().await.unwrap();
            let page = page.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                if is_told {
                    request.extensions_mut().insert::<SocketAddr>(address);
                }
                page.clone().call(request)
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    url
}

#[tokio::test]
async fn hyper_serves_the_page_as_it_is() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || drop(start_active_span("backfill")));
    test.finished_spans();
    let url = serve(traces.service().loopback_only(), true).await;
    let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
    let (_, link) = page.split_once("href=\"?trace=").unwrap();
    let (id, _) = link.split_once('"').unwrap();
    let trace = reqwest::get(format!("{url}?trace={id}")).await.unwrap();
    assert!(trace.text().await.unwrap().contains("backfill"));
}

#[tokio::test]
async fn hyper_has_to_say_who_asks() {
    let url = serve(Traces::new().service().loopback_only(), false).await;
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("does not say who asks"));
}
