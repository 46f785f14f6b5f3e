//! The layer for `tracing-subscriber`.

mod attributes_beside;
mod events;
mod fields;
mod log_lines;
mod options;
mod own_work;
mod propagation;
mod random_programs;
mod reloading;
mod spans;

use fedtrace::testing::TestTracer;
use fedtrace::{TracingLayer, tracing_layer, with_tracer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

/// Runs `work` with the layer, and returns the tracer that has its spans.
fn traced(work: impl FnOnce()) -> TestTracer {
    traced_by(tracing_layer(), work)
}

fn traced_by(layer: TracingLayer, work: impl FnOnce()) -> TestTracer {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(registry().with(layer), work);
    });
    test
}
