//! tracing, with tracing-opentelemetry and the OpenTelemetry SDK, and an exporter that drops what it gets.
//!
//! The settings are the usual ones: the parent-based sampler, the batch processor, the subscriber as the global
//! default.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing::{info_span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

use crate::contender::{Contender, Row};
use crate::work::{DESTINATION, ROOM, once, plain, poll_twice, work};

pub(crate) const CONTENDER: Contender = Contender {
    name: "tracing + OTel",
    case,
    drain,
};

#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

pub(crate) fn set_up() {
    let config = BatchConfigBuilder::default()
        .with_scheduled_delay(Duration::from_secs(3600))
        .build();
    let processor = BatchSpanProcessor::builder(NoExporter)
        .with_batch_config(config)
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
    PROVIDER.get_or_init(|| provider);
}

fn case(row: Row) -> Option<fn(u64)> {
    Some(match row {
        Row::Plain => plain,
        Row::Off | Row::ThreeConstantTags => return None,
        Row::Unsampled => unsampled,
        Row::Root | Row::RootWithChildren => children,
        Row::Child => |times| in_root(times, children),
        Row::ActiveSpan => |times| in_root(times, entered_spans),
        Row::OneTag => |times| in_root(times, tagged),
        Row::ThreeTags => |times| in_root(times, tagged_thrice),
        Row::ThreeArguments => |times| in_root(times, with_arguments),
        Row::Future => |times| in_root(times, futures),
    })
}

fn drain() {
    if let Some(provider) = PROVIDER.get() {
        provider.force_flush().expect("the processor works");
    }
}

fn in_root(times: u64, run: fn(u64)) {
    let _root = info_span!("root").entered();
    run(times);
}

fn unsampled(times: u64) {
    let remote = SpanContext::new(
        TraceId::from(1),
        SpanId::from(1),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    );
    let root = info_span!("root");
    let parent = Context::new().with_remote_span_context(remote);
    root.set_parent(parent).expect("the layer is there");
    let _root = root.entered();
    children(times);
}

#[inline(never)]
#[instrument(skip_all)]
fn child(input: u64) -> u64 {
    work(input)
}

fn children(times: u64) {
    for input in 0..times {
        black_box(child(input));
    }
}

#[inline(never)]
fn entered_span(input: u64) -> u64 {
    let _span = info_span!("child").entered();
    work(input)
}

fn entered_spans(times: u64) {
    for input in 0..times {
        black_box(entered_span(input));
    }
}

#[inline(never)]
#[instrument(skip_all, fields(destination = destination, limit = input, room_id = room))]
fn child_with_three_tags(input: u64, destination: &str, room: &str) -> u64 {
    work(input)
}

fn tagged_thrice(times: u64) {
    for input in 0..times {
        black_box(child_with_three_tags(
            input,
            black_box(DESTINATION),
            black_box(ROOM),
        ));
    }
}

#[inline(never)]
#[instrument(skip_all, fields(room_id = room))]
fn tagged_child(input: u64, room: &str) -> u64 {
    work(input)
}

fn tagged(times: u64) {
    for input in 0..times {
        black_box(tagged_child(input, black_box(ROOM)));
    }
}

#[inline(never)]
#[instrument]
fn child_with_arguments(destination: &str, room: &str, limit: u64) -> u64 {
    work(limit)
}

fn with_arguments(times: u64) {
    for input in 0..times {
        black_box(child_with_arguments(
            black_box(DESTINATION),
            black_box(ROOM),
            input,
        ));
    }
}

#[instrument(skip_all)]
async fn future(input: u64) -> u64 {
    once().await;
    work(input)
}

fn futures(times: u64) {
    for input in 0..times {
        black_box(poll_twice(future(input)));
    }
}
