//! Ids of the trace and the span in log lines.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::traced_span::TracedSpan;
use crate::span::shown_ids::{ShownIds, shown_ids};

/// A format of `tracing_subscriber::fmt` whose lines have the ids of the trace and the span. Made by [`with_trace_ids`] and
/// [`with_trace_ids_in_json`].
#[derive(Debug, Clone)]
pub struct WithTraceIds<F> {
    format: F,
    is_json: bool,
}

/// Puts `trace_id=… span_id=…` in front of each line of a format, if the event is in a span of fedtrace, be it of `tracing` or
/// of [`#[trace]`](macro@crate::trace).
///
/// The ids are there whether the trace is recorded or not, and do not keep a span from getting
/// [another parent](crate::Span::set_parent) later.
///
/// ```
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let lines = fmt::layer().event_format(fedtrace::with_trace_ids(fmt::format()));
/// let subscriber = tracing_subscriber::registry()
///     .with(fedtrace::tracing_layer())
///     .with(lines);
/// # drop(subscriber);
/// ```
pub fn with_trace_ids<F>(format: F) -> WithTraceIds<F> {
    WithTraceIds {
        format,
        is_json: false,
    }
}

/// The same for a format whose lines are JSON objects: they have the members `trace_id` and `span_id`, which are texts.
///
/// ```no_run
/// # mod json { pub fn format() -> tracing_subscriber::fmt::format::Format { tracing_subscriber::fmt::format() } }
/// // With the feature `json` of tracing-subscriber, `format` is `tracing_subscriber::fmt::format().json()`.
/// let format = json::format();
/// let lines = tracing_subscriber::fmt::layer()
///     .fmt_fields(tracing_subscriber::fmt::format::DefaultFields::new())
///     .event_format(fedtrace::with_trace_ids_in_json(format));
/// # let _: Box<dyn tracing_subscriber::Layer<tracing_subscriber::Registry>> = Box::new(lines);
/// ```
pub fn with_trace_ids_in_json<F>(format: F) -> WithTraceIds<F> {
    WithTraceIds {
        format,
        is_json: true,
    }
}

impl<S, N, F> FormatEvent<S, N> for WithTraceIds<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(ids) = ids_of(context, event) else {
            return self.format.format_event(context, writer, event);
        };
        let ShownIds { trace_id, span_id } = ids;
        if !self.is_json {
            write!(writer, "trace_id={trace_id} span_id={span_id} ")?;
            return self.format.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.format.format_event(context, Writer::new(&mut line), event)?;
        match line.strip_prefix('{') {
            Some(rest) => {
                let comma = if rest.trim_start().starts_with('}') {
                    ""
                } else {
                    ","
                };
                write!(
                    writer,
                    r#"{{"trace_id":"{trace_id}","span_id":"{span_id}"{comma}{rest}"#
                )
            }
            None => writer.write_str(&line),
        }
    }
}

/// The ids of the span that an event belongs to.
fn ids_of<S, N>(context: &FmtContext<'_, S, N>, event: &Event<'_>) -> Option<ShownIds>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    if event.is_contextual() {
        return shown_ids();
    }
    let span = context.span(event.parent()?)?;
    let found = span
        .scope()
        .find_map(|span| span.extensions().get::<TracedSpan>().cloned());
    found?.into_span().shown_ids()
}
