//! The subscribers that are measured.

use std::time::Duration;

use fedtrace::Tracer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::Dispatch;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, registry};

use crate::counting::{Count, NEVER, provider};

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) dispatch: Dispatch,
    /// Empties all queues.
    pub(crate) drain: Box<dyn Fn()>,
    /// Whether spans have arrived where they should.
    pub(crate) has_arrived: Box<dyn Fn() -> bool>,
}

/// All of them; the first is ours, and the second the one that the goals are about.
pub(crate) fn all() -> [Contender; 4] {
    [ours(), opentelemetry(), bare_opentelemetry(), bare_registry()]
}

fn bare_registry() -> Contender {
    Contender {
        name: "registry alone",
        dispatch: Dispatch::new(registry().with(LevelFilter::INFO)),
        drain: Box::new(|| {}),
        has_arrived: Box::new(|| true),
    }
}

fn ours() -> Contender {
    let count = Count::default();
    let (tracer, guard) = Tracer::builder("bench")
        .reporter(count.clone())
        .flush_interval(NEVER)
        .build()
        .expect("a worker thread");
    fedtrace::set_global_tracer(tracer).expect("no other global tracer");
    Contender {
        name: "fedtrace",
        dispatch: Dispatch::new(registry().with(fedtrace::tracing_layer()).with(LevelFilter::INFO)),
        drain: Box::new(move || guard.flush(Duration::from_secs(10)).expect("the worker runs")),
        has_arrived: Box::new(move || count.has_some()),
    }
}

/// As the layer comes. It also keeps places in the code, threads and busy times.
fn opentelemetry() -> Contender {
    opentelemetry_with("tracing-opentelemetry", |layer| layer)
}

/// With what fedtrace keeps too, and nothing more.
fn bare_opentelemetry() -> Contender {
    opentelemetry_with("the same, bare", |layer| {
        layer
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
    })
}

type Layer = OpenTelemetryLayer<Registry, SdkTracer>;

fn opentelemetry_with(name: &'static str, set: fn(Layer) -> Layer) -> Contender {
    let count = Count::default();
    let provider = provider(&count);
    let layer = set(tracing_opentelemetry::layer().with_tracer(provider.tracer("bench")));
    Contender {
        name,
        dispatch: Dispatch::new(registry().with(layer).with(LevelFilter::INFO)),
        drain: Box::new(move || provider.force_flush().expect("the processor works")),
        has_arrived: Box::new(move || count.has_some()),
    }
}
