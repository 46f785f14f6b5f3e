//! Without a tracer.

use std::collections::HashMap;
use std::fmt;

use fedtrace::{
    Destination, IntoTagValue, Origin, Span, SpanContext, TagValue, TraceFutureExt, active_span, build_span,
    extract, force_tracing, in_active_span, inject, log_kv, run_as_background_process, set_operation_name,
    set_tag, start_active_span, start_active_span_follows_from, tag_args, trace, trace_id,
};
use fedtrace_tests::{LogLines, alone, pause, poll_once};
use futures::executor::block_on;

/// Cannot be made a text of.
#[derive(Clone, Copy)]
struct Unformatted;

impl fmt::Display for Unformatted {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted while tracing is off")
    }
}

impl IntoTagValue for Unformatted {
    fn into_tag_value(self) -> Option<TagValue> {
        panic!("converted while tracing is off")
    }
}

#[trace]
#[tag_args]
fn traced(value: Unformatted) -> Result<Unformatted, Unformatted> {
    assert!(active_span().is_none());
    Err(value)
}

#[trace]
#[tag_args]
async fn traced_async(value: Unformatted) -> Result<(), Unformatted> {
    pause().await;
    assert!(active_span().is_none());
    Err(value)
}

fn looked_for() -> Span {
    panic!("looked for while tracing is off")
}

#[trace(level = "info", parent = looked_for(), err = |_| panic!("judged while tracing is off"))]
fn placed(value: Unformatted) -> Result<Unformatted, Unformatted> {
    Err(value)
}

#[trace(follows_from = looked_for(), root, ret)]
async fn placed_async(value: Unformatted) -> Unformatted {
    value
}

#[tag_args]
fn tagged(value: Unformatted) -> Unformatted {
    value
}

fn is_nothing(span: &Span) -> bool {
    span.context().is_none()
}

fn headers() -> HashMap<String, String> {
    [
        "uber-trace-id",
        "uberctx-user",
        "traceparent",
        "baggage",
        "x-mine",
    ]
    .map(|name| (name.to_owned(), "4bf92f3577b34da6:1:0:1".to_owned()))
    .into()
}

#[test]
fn without_a_tracer_nothing_is_started_formatted_or_logged_and_outgoing_headers_are_still_stripped() {
    alone(|| {
        let log = LogLines::install();

        assert!(traced(Unformatted).is_err());
        assert!(block_on(traced_async(Unformatted)).is_err());
        assert!(placed(Unformatted).is_err());
        block_on(placed_async(Unformatted));
        tagged(Unformatted);
        let mut cancelled = Box::pin(traced_async(Unformatted));
        assert!(!poll_once(cancelled.as_mut()));
        drop(cancelled);

        let scope = start_active_span("scope");
        assert!(is_nothing(&scope.span()));
        assert!(active_span().is_none());
        assert_eq!(trace_id(), None);
        let builder = || build_span(String::from("built")).tag("value", Unformatted);
        let span = builder().ignore_active_span().start();
        assert!(is_nothing(&span));
        assert!(is_nothing(
            &builder().finish_on_close(false).start_active().span()
        ));
        assert!(is_nothing(
            &start_active_span_follows_from("late", span.context()).span()
        ));

        span.set_tag("value", Unformatted);
        span.log_kv([("event", "retry")]);
        span.set_operation_name("other");
        span.force_tracing();
        span.finish();
        span.finish();
        set_tag("value", Unformatted);
        log_kv([("event", "retry")]);
        set_operation_name("other");
        force_tracing();

        assert_eq!(block_on(async { trace_id() }.in_span(span)), None);
        assert_eq!(block_on(async { trace_id() }.in_active_span()), None);
        assert_eq!(in_active_span(trace_id)(), None);
        assert_eq!(
            block_on(run_as_background_process("work", async { trace_id() })),
            None
        );

        for destination in [
            Destination::Homeserver("example.org"),
            Destination::Client,
            Destination::ThirdParty,
        ] {
            let mut carrier = headers();
            inject(&mut carrier, destination);
            assert_eq!(carrier.keys().collect::<Vec<_>>(), ["x-mine"], "{destination:?}");
        }
        let mut carrier = headers();
        inject(&mut carrier, Destination::Internal);
        assert!(!carrier.contains_key("uber-trace-id"), "{carrier:?}");
        let remote: Option<SpanContext> = extract(&headers(), Origin::Internal);
        assert!(remote.is_none());
        drop(scope);

        assert_eq!(log.take(), [""; 0]);
    });
}
