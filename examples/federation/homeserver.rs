//! A homeserver: its configuration, its tracer and its state.

use std::error::Error;
use std::mem;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use fedtrace::reporter::{CompositeReporter, MemoryReporter};
use fedtrace::{OpentracingConfig, Tracer, TracerBuilder, TracerGuard, run_as_background_process};
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::client::{FederationClient, Resolver};
use crate::events::{Edu, Store, lock};

/// The same for all: the page of Synapse's documentation.
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
    /// The EDUs in them.
    pub received_edus: Mutex<Vec<Edu>>,
    background: Mutex<JoinSet<()>>,
}

impl Homeserver {
    pub fn new(name: &str, resolver: &Resolver) -> Result<(Arc<Self>, TracerGuard), Box<dyn Error>> {
        Self::with(name, resolver, |builder| builder)
    }

    /// A homeserver with settings beyond the configuration.
    pub fn with(
        name: &str,
        resolver: &Resolver,
        settings: impl FnOnce(TracerBuilder) -> TracerBuilder,
    ) -> Result<(Arc<Self>, TracerGuard), Box<dyn Error>> {
        let config = yaml_serde::from_str::<HomeserverConfig>(CONFIG)?.opentracing;
        let spans = MemoryReporter::new();
        let reporter = CompositeReporter::new()
            .with(spans.clone())
            .with(config.reporter()?);
        let (tracer, guard) = config.build_with(name, |builder| {
            settings(builder.reporter(reporter).trace_id_for_clients(true))
        })?;
        let server = Self {
            name: name.to_owned(),
            federation: FederationClient::new(name, Arc::clone(resolver))?,
            store: Store::default(),
            tracer,
            spans,
            received: Mutex::default(),
            received_edus: Mutex::default(),
            background: Mutex::default(),
        };
        Ok((Arc::new(server), guard))
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
