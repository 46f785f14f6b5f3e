//! The subscribers that are measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fedtrace::Tracer;
use fedtrace::reporter::{Process, Report, Reporter, Spans};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing::Dispatch;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, registry};

/// Nothing wakes a worker in between: the rounds are drained by hand.
const NEVER: Duration = Duration::from_secs(3600);

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

/// Counts the spans and forgets them.
#[derive(Debug, Clone, Default)]
struct Count(Arc<AtomicU64>);

impl Count {
    fn add(&self, spans: usize) {
        self.0.fetch_add(spans as u64, Ordering::Relaxed);
    }

    fn has_some(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Reporter for Count {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        self.add(spans.len());
        Report::sent(spans.len() as u64)
    }
}

impl SpanExporter for Count {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.add(spans.len());
        Ok(())
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
    let config = BatchConfigBuilder::default().with_scheduled_delay(NEVER).build();
    let processor = BatchSpanProcessor::builder(count.clone())
        .with_batch_config(config)
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build();
    let layer = set(tracing_opentelemetry::layer().with_tracer(provider.tracer("bench")));
    Contender {
        name,
        dispatch: Dispatch::new(registry().with(layer).with(LevelFilter::INFO)),
        drain: Box::new(move || provider.force_flush().expect("the processor works")),
        has_arrived: Box::new(move || count.has_some()),
    }
}
