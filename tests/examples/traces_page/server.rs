//! A server on loopback with a tracer of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use fedtrace::page::Traces;
use fedtrace::reporter::MemoryReporter;
use fedtrace::{TraceFutureExt as _, Tracer, TracerGuard};
use tokio::net::TcpListener;

pub(crate) struct Server {
    pub(crate) tracer: Tracer,
    guard: TracerGuard,
    address: SocketAddr,
}

impl Server {
    /// Serves this on a free port, with its spans on the page.
    pub(crate) async fn start(name: &str, traces: &Traces, app: Router) -> Result<Self, Box<dyn Error>> {
        let (tracer, guard) = Tracer::builder(name)
            .reporter(MemoryReporter::new())
            .flush_interval(Duration::from_millis(20))
            .build()?;
        let _ = traces.clone().watch(&tracer);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = app.layer(from_fn_with_state(tracer.clone(), use_tracer));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok(Self {
            tracer,
            guard,
            address,
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until the page has all spans that have ended.
    pub(crate) async fn flush(&self) -> Result<(), Box<dyn Error>> {
        Ok(self.guard.flush_async(Duration::from_secs(5)).await?)
    }
}

/// Two servers share this process, so each says whose spans these are.
async fn use_tracer(State(tracer): State<Tracer>, request: Request, next: Next) -> Response {
    next.run(request).with_tracer(&tracer).await
}
