//! Background processes: work that a request starts and does not wait for.

use std::borrow::Cow;

use super::in_span::{TraceFutureExt, in_span_if_any};
use crate::span::active::active_span;
use crate::span::builder::build_span;
use crate::span::handle::Span;
use crate::tracer::global;

/// Runs `future` as a background process: in a separate trace, linked to the currently active span by
/// references in both directions.
///
/// The process has the root span `bgproc.{name}`. If a span is active, its trace gets a marker
/// `start_bgproc.{name}`, which follows from the root, and the process runs in `bgproc_child.{name}`, which
/// follows from the active span. So each trace refers to the other, and the trace of the request does not
/// contain work that the request does not wait for. The names are Synapse's.
///
/// Without a tracer, it runs without an active span.
///
/// This does not spawn a task; pass the result to your executor.
///
/// ```
/// # async fn fetch_missing_events() {}
/// # async fn example() {
/// tokio::spawn(fedtrace::run_as_background_process("fetch_missing", fetch_missing_events()));
/// # }
/// ```
pub fn run_as_background_process<F: Future>(
    name: impl Into<Cow<'static, str>>,
    future: F,
) -> impl Future<Output = F::Output> {
    let (root, work) = match global::is_on() {
        true => start(&name.into()),
        false => (Span::NONE, None),
    };
    in_span_if_any(future, work).in_span(root)
}

/// The root span of the process, and the span that its work runs in, if that is another one.
fn start(name: &str) -> (Span, Option<Span>) {
    let cause = active_span().and_then(|span| span.context());
    let mut root = build_span(format!("bgproc.{name}")).ignore_active_span();
    if let Some(tracer) = cause.as_ref().and_then(|cause| cause.tracer.as_ref()) {
        root = root.tracer(tracer);
    }
    let root = root.start();
    let work = cause.map(|cause| {
        build_span(format!("start_bgproc.{name}"))
            .follows_from(root.context())
            .start()
            .finish();
        build_span(format!("bgproc_child.{name}"))
            .child_of(root.context())
            .follows_from(cause)
            .start()
    });
    (root, work)
}
