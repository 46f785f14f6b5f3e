//! A homeserver: its configuration, its state, and what happens to every request.

use std::error::Error;
use std::mem;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Router, serve};
use fedtrace::reporter::{CompositeReporter, MemoryReporter};
use fedtrace::{
    Destination, FutureExt, OpentracingConfig, Origin, Tracer, TracerGuard, active_span, build_span, extract,
    inject_response_headers, run_as_background_process, set_tag, tags, trace_with_opname,
};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::auth::authenticate_homeserver;
use crate::client::{FederationClient, Resolver};
use crate::error::MatrixError;
use crate::events::{Store, lock};
use crate::{client_api, federation_api};

/// The same for all three: the page of Synapse's documentation.
pub const CONFIG: &str = include_str!("homeserver.yaml");

#[derive(Deserialize)]
struct HomeserverConfig {
    opentracing: OpentracingConfig,
}

pub struct Homeserver {
    pub name: String,
    pub federation: FederationClient,
    pub store: Store,
    pub tracer: Tracer,
    /// What the tracer sends, once more, for the report at the end.
    pub spans: MemoryReporter,
    /// The headers of the federation requests that came in, for the report too.
    pub received: Mutex<Vec<HeaderMap>>,
    background: Mutex<JoinSet<()>>,
}

impl Homeserver {
    pub fn new(name: &str, resolver: &Resolver) -> Result<(Arc<Self>, TracerGuard), Box<dyn Error>> {
        let config = yaml_serde::from_str::<HomeserverConfig>(CONFIG)?.opentracing;
        let spans = MemoryReporter::new();
        let reporter = CompositeReporter::new()
            .with(spans.clone())
            .with(config.reporter()?);
        let (tracer, guard) = config.build_with(name, "main", |builder| {
            builder.reporter(reporter).trace_id_for_clients(true)
        })?;
        let server = Self {
            name: name.to_owned(),
            federation: FederationClient::new(name, Arc::clone(resolver))?,
            store: Store::default(),
            tracer,
            spans,
            received: Mutex::default(),
            background: Mutex::default(),
        };
        Ok((Arc::new(server), guard))
    }

    pub fn start(self: &Arc<Self>, listener: TcpListener) {
        let federation_api =
            federation_api::routes().route_layer(from_fn_with_state(Arc::clone(self), continue_trace));
        let client_api =
            client_api::routes().route_layer(from_fn_with_state(Arc::clone(self), tell_trace_id));
        let app: Router = federation_api
            .merge(client_api)
            .layer(from_fn_with_state(Arc::clone(self), trace_request))
            .layer(from_fn_with_state(Arc::clone(self), use_own_tracer))
            .with_state(Arc::clone(self));
        tokio::spawn(serve(listener, app).into_future());
    }

    /// Begins work that the active request does not wait for.
    pub fn start_background_process(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        lock(&self.background).spawn(run_as_background_process(name, work));
    }

    /// Waits for the background processes that have begun.
    pub async fn finish_background_processes(&self) {
        let background = mem::take(&mut *lock(&self.background));
        background.join_all().await;
    }
}

/// Three servers share this process, so each says whose spans these are. A server that has a process of its own
/// calls `fedtrace::init_tracer` once instead.
async fn use_own_tracer(State(server): State<Arc<Homeserver>>, request: Request, next: Next) -> Response {
    next.run(request).with_tracer(&server.tracer).await
}

/// The first step: a span for every request. Nothing that the request says of traces is believed here.
#[trace_with_opname("incoming-request")]
async fn trace_request(request: Request, next: Next) -> Response {
    set_tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    set_tag(tags::HTTP_METHOD, request.method().as_str());
    set_tag(tags::HTTP_URL, request.uri().path());
    let response = next.run(request).await;
    set_tag(tags::HTTP_STATUS_CODE, response.status().as_u16());
    response
}

/// The second step, for requests of other homeservers: once we know who it is, and if that server is on the
/// whitelist, the trace of the sender goes on here.
async fn continue_trace(
    State(server): State<Arc<Homeserver>>,
    mut request: Request,
    next: Next,
) -> Result<Response, MatrixError> {
    let headers = request.headers();
    lock(&server.received).push(headers.clone());
    let origin = authenticate_homeserver(headers, &server.name, |name| server.federation.knows(name))?;
    let span = build_span("incoming-federation-request")
        .child_of(extract(headers, Origin::AuthenticatedHomeserver(origin.name())))
        .follows_from(active_span().and_then(|span| span.context()))
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .tag(tags::PEER_SERVICE, origin.name())
        .start();
    request.extensions_mut().insert(origin);
    Ok(next.run(request).in_span(span).await)
}

/// Tells clients the id of the trace, so that a user can give it with a report of a problem.
async fn tell_trace_id(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    inject_response_headers(response.headers_mut(), Destination::Client);
    response
}
