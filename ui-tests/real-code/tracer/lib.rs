//! A tracer and the layer for `tracing`, in each program that a traced crate is linked into: the tests of that crate
//! install neither, so this has to happen before `main`.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs, process};

use fedtrace::reporter::{LogView, Process, Report, Reporter, SpanView, Spans};
use fedtrace::{Tracer, TracerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

static INSTALLED: Mutex<Option<(Tracer, TracerGuard)>> = Mutex::new(None);
static SPANS_OF_TRACING: AtomicU64 = AtomicU64::new(0);
static EVENTS_OF_TRACING: AtomicU64 = AtomicU64::new(0);

/// Only the layer measures how long a span was entered.
const TAG_OF_THE_LAYER: &str = "busy_ns";
/// Only the layer says how important a log record is.
const FIELD_OF_THE_LAYER: &str = "level";

struct Count;

impl Reporter for Count {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        for span in spans.iter() {
            if span.tag(TAG_OF_THE_LAYER).is_some() {
                SPANS_OF_TRACING.fetch_add(1, Ordering::Relaxed);
            }
            EVENTS_OF_TRACING.fetch_add(events(span), Ordering::Relaxed);
        }
        Report::sent(spans.len() as u64)
    }
}

fn events(span: SpanView<'_>) -> u64 {
    let is_event = |log: &LogView<'_>| log.fields().any(|field| field.key == FIELD_OF_THE_LAYER);
    span.logs().filter(is_event).count() as u64
}

#[ctor::ctor(unsafe)]
fn install() {
    let (tracer, guard) = Tracer::builder("real-code")
        .reporter(Count)
        .build()
        .expect("a tracer");
    fedtrace::set_global_tracer(tracer.clone()).expect("the first tracer");
    let layer = fedtrace::tracing_layer().with_tracked_inactivity(true);
    tracing_subscriber::registry().with(layer).init();
    *INSTALLED.lock().unwrap_or_else(PoisonError::into_inner) = Some((tracer, guard));
}

/// Tells the test that started this program what the tracer got. Without it, nobody asks.
#[dtor::dtor(unsafe)]
fn tell() {
    let installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (Some((tracer, guard)), Some(folder)) = (installed, env::var_os("REAL_CODE_COUNTS")) else {
        return;
    };
    let _ = guard.shutdown(Duration::from_secs(30));
    let [spans_of_tracing, events] =
        [&SPANS_OF_TRACING, &EVENTS_OF_TRACING].map(|count| count.load(Ordering::Relaxed));
    let counts = [tracer.stats().finished_sampled_spans, spans_of_tracing, events];
    let _ = fs::write(
        Path::new(&folder).join(process::id().to_string()),
        format!("{counts:?}"),
    );
}
