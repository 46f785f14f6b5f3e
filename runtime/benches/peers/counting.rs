//! The ends of all queues: spans are counted and forgotten, and nothing wakes a worker between two rounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrace::collector::SpanRecord;
use fedtrace::reporter::{Process, Report, Reporter, Spans};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};

/// The rounds are drained by hand.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone, Default)]
pub(crate) struct Count(Arc<AtomicU64>);

impl Count {
    fn add(&self, spans: usize) {
        self.0.fetch_add(spans as u64, Ordering::Relaxed);
    }

    pub(crate) fn has_some(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// A provider of OpenTelemetry whose spans end here.
pub(crate) fn provider(count: &Count) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default().with_scheduled_delay(NEVER).build();
    let processor = BatchSpanProcessor::builder(count.clone())
        .with_batch_config(config)
        .build();
    SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build()
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

impl fastrace::collector::Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        self.add(spans.len());
    }
}
