//! A server of hyper alone, for a service of tower.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use fedtrace::testing::TestTracer;
use fedtrace::tower::ServerLayer;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Layer as _;

use super::service::WithTracerLayer;

/// Serves HTTP/1 and HTTP/2 on loopback, with the spans of `layer` and the tracer of the test.
pub(crate) async fn start<F, B>(
    test: &TestTracer,
    layer: ServerLayer,
    handler: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static,
) -> SocketAddr
where
    F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let traced = layer.layer(tower::service_fn(handler));
    let service = TowerToHyperService::new(WithTracerLayer(test.tracer().clone()).layer(traced));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let connection = server.serve_connection_with_upgrades(TokioIo::new(connection), service);
                connection.await
            });
        }
    });
    address
}
