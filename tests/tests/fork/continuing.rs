//! Everything that has a span between two calls, and is called again after a fork.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;

use fedtrace::tower::ServerLayer;
use fedtrace::{
    Span, TraceFutureExt as _, TraceId, TraceStreamExt as _, bind_active_span, build_span, in_active_span,
    start_active_span, trace, trace_id, tracing_layer,
};
use fedtrace_tests::{pause, poll_once};
use futures::StreamExt as _;
use futures::stream;
use http::{Request, Response};
use tower::{Service as _, service_fn};
use tower_layer::Layer as _;
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

/// What has begun, and may go on in another process.
pub(crate) struct Continuing {
    pub(crate) trace: Option<TraceId>,
    /// How many spans finish when it goes on.
    pub(crate) spans: u64,
    /// The first thing that most do inside is to start a span. Returns the trace of that.
    pub(crate) go_on: Box<dyn FnOnce() -> Option<TraceId>>,
}

type Seen = Rc<Cell<Option<TraceId>>>;

fn inner() -> Option<TraceId> {
    let _inner = start_active_span("inner");
    trace_id()
}

fn span() -> Span {
    build_span("outer").start()
}

async fn work(seen: Seen) {
    seen.set(trace_id());
    pause().await;
    seen.set(inner());
}

/// Starts a span where it is dropped.
struct LastWords(Seen);

impl Drop for LastWords {
    fn drop(&mut self) {
        self.0.set(inner());
    }
}

async fn dropped(seen: Seen) {
    seen.set(trace_id());
    let _last_words = LastWords(seen);
    std::future::pending().await
}

#[trace]
async fn traced(work: impl Future<Output = ()>) {
    work.await;
}

async fn with_a_scope(seen: Seen) {
    let _outer = start_active_span("outer");
    work(seen).await;
}

async fn served(seen: Seen) -> Result<Response<String>, Infallible> {
    work(seen).await;
    Ok(Response::new(String::new()))
}

fn polled<F: Future + 'static>(spans: u64, make: impl FnOnce(Seen) -> F) -> Continuing {
    begun(spans, make, |mut future| {
        poll_once(future.as_mut());
    })
}

/// A future that was polled once. It is dropped at the end in any case.
fn begun<F: Future + 'static>(
    spans: u64,
    make: impl FnOnce(Seen) -> F,
    go_on: impl FnOnce(Pin<Box<F>>) + 'static,
) -> Continuing {
    let seen = Seen::default();
    let mut future = Box::pin(make(Rc::clone(&seen)));
    assert!(!poll_once(future.as_mut()));
    Continuing {
        trace: seen.take(),
        spans,
        go_on: Box::new(move || {
            go_on(future);
            seen.take()
        }),
    }
}

fn called(spans: u64, span: &Span, go_on: impl FnOnce() -> Option<TraceId> + 'static) -> Continuing {
    Continuing {
        trace: span.context().map(|context| context.trace_id()),
        spans,
        go_on: Box::new(go_on),
    }
}

fn not_polled() -> Continuing {
    let span = span();
    called(2, &span.clone(), || {
        let seen = Seen::default();
        let inside = Rc::clone(&seen);
        poll_once(Box::pin(async move { inside.set(inner()) }.in_span(span)).as_mut());
        seen.take()
    })
}

fn described() -> Continuing {
    let outer = span();
    let below = build_span("below").child_of(outer.context());
    called(2, &outer, || {
        let _below = below.start_active();
        inner()
    })
}

fn finished() -> Continuing {
    let span = span();
    called(1, &span.clone(), move || {
        span.finish();
        span.context().map(|context| context.trace_id())
    })
}

fn in_active<R>(bind: impl FnOnce() -> R) -> (Span, R) {
    let scope = start_active_span("outer");
    (scope.span(), bind())
}

fn spans_and_closures() -> [(&'static str, Continuing); 6] {
    let detached = build_span("outer").start_detached();
    let (outer, bound) = in_active(bind_active_span);
    let (other, closure) = in_active(|| in_active_span(inner));
    let dispatch = Dispatch::new(registry().with(tracing_layer()));
    let of_tracing = with_default(&dispatch, || tracing::info_span!("outer"));
    let trace = with_default(&dispatch, || of_tracing.in_scope(trace_id));
    let go_on = Box::new(move || of_tracing.in_scope(inner));
    [
        (
            "a detached span",
            called(2, &detached.span().clone(), move || detached.in_scope(inner)),
        ),
        (
            "a bound callback",
            called(1, &outer, move || bound.in_scope(inner)),
        ),
        ("a bound closure", called(1, &other, closure)),
        ("a description of a span", described()),
        ("a handle", finished()),
        (
            "a span of tracing",
            Continuing {
                trace,
                spans: 2,
                go_on,
            },
        ),
    ]
}

/// Everything, with its name.
pub(crate) fn all() -> Vec<(&'static str, Continuing)> {
    let stream = |seen| async move {
        stream::once(work(seen))
            .boxed_local()
            .in_span(span())
            .next()
            .await
    };
    let request = |seen: Seen| {
        let mut service = ServerLayer::new().layer(service_fn(move |_| served(Rc::clone(&seen))));
        service.call(Request::new(String::new()))
    };
    let futures = [
        ("a future in a span", polled(2, |seen| work(seen).in_span(span()))),
        ("a future that was not polled", not_polled()),
        ("a traced future", polled(2, |seen| traced(work(seen)))),
        (
            "a future with a scope, and without a span",
            polled(2, |seen| with_a_scope(seen).without_active_span()),
        ),
        (
            "a future in an active span",
            polled(1, |seen| in_active(|| work(seen).in_active_span()).1),
        ),
        ("a stream", polled(2, stream)),
        ("a request", polled(2, request)),
        (
            "a future that is dropped",
            begun(2, |seen| dropped(seen).in_span(span()), drop),
        ),
        (
            "a traced future that is dropped",
            begun(2, |seen| traced(dropped(seen)), drop),
        ),
    ];
    futures.into_iter().chain(spans_and_closures()).collect()
}
