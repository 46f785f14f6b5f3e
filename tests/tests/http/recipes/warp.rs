use std::io;

use fedtrace::tower::ServerLayer;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Layer as _;
use warp::{Filter, Reply};

pub(crate) async fn serve<F>(listener: TcpListener, filter: F) -> io::Result<()>
where
    F: Filter<Error = warp::Rejection, Extract: Reply> + Clone + Send + Sync + 'static,
{
    // A path names a span only if there are few of them: warp tells nobody which filter has matched.
    let layer = ServerLayer::new().name(|request| {
        let path = request.uri.path();
        path.starts_with("/rooms/").then_some("/rooms/{room}")
    });
    let service = TowerToHyperService::new(layer.layer(warp::service(filter)));
    loop {
        let (connection, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            server.serve_connection(TokioIo::new(connection), service).await
        });
    }
}
