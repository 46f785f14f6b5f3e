//! The OpenTelemetry SDK with opentelemetry-otlp, without `tracing` above it.

use std::net::SocketAddr;

use opentelemetry::trace::{SpanBuilder, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};

use crate::contender::{Contender, Transport};
use crate::load::{CHILDREN, DESTINATION, INTERVAL, Load, ROOM, Sent};

pub(crate) const CONTENDER: Contender = Contender {
    name: "opentelemetry-otlp",
    transport: Transport::Otlp,
    deliver,
};

/// As long as fedtrace's. By default it has 2048 spans, and a busy machine fills it in a moment.
const QUEUE: usize = 65_536;

fn deliver(sink: SocketAddr, load: &Load) -> Sent {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("http://{sink}/v1/traces"))
        .build();
    let config = BatchConfigBuilder::default()
        .with_scheduled_delay(INTERVAL)
        .with_max_queue_size(QUEUE)
        .build();
    let processor = BatchSpanProcessor::builder(exporter.expect("a client"))
        .with_batch_config(config)
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_resource(Resource::builder().with_service_name("bench").build())
        .build();
    let tracer = provider.tracer("bench");
    load.run(
        || trace(&tracer),
        || provider.force_flush().expect("the processor works"),
    )
}

fn trace(tracer: &SdkTracer) {
    let root = tracer.build_with_context(span("request", 0), &Context::new());
    let parent = Context::new().with_span(root);
    for number in 0..CHILDREN {
        let _child = tracer.build_with_context(span("child", number), &parent);
    }
}

fn span(name: &'static str, limit: u64) -> SpanBuilder {
    SpanBuilder::from_name(name).with_attributes([
        KeyValue::new("destination", DESTINATION.to_owned()),
        KeyValue::new("limit", limit as i64),
        KeyValue::new("room_id", ROOM.to_owned()),
    ])
}
