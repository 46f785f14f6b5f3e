//! A reporter that writes finished spans to the log.

use super::report::{Report, Reporter};
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::process::Process;
use crate::util::escape::EscapedText;
use crate::util::panic::catch_panic;

/// Logs a line for each finished span at the level "info" through the `log` crate: its ids and flags, the
/// service, the name and the duration.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoggingReporter;

impl LoggingReporter {
    /// A reporter that writes to the log.
    pub fn new() -> Self {
        Self
    }
}

impl Reporter for LoggingReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        for span in spans {
            catch_panic(|| log::info!("{}", line(process, span)));
        }
        Report::sent(spans.len() as u64)
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        Some(Box::new(*self))
    }
}

fn line(process: &Process, span: SpanView<'_>) -> String {
    format!(
        "span {:x}:{:x}:{:x}:{:x} {}.{} took {:?}",
        span.trace_id(),
        span.span_id().get(),
        span.parent_span_id().map_or(0, |id| id.get()),
        span.flags().bits(),
        EscapedText(&process.service_name),
        EscapedText(span.operation_name()),
        span.duration()
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::finished_span::FinishedSpan;
    use crate::model::id::SpanId;
    use crate::model::id::TraceId;

    #[test]
    fn a_logged_span_is_one_line() {
        let process = Process::new("hs main", vec![]);
        let mut span = FinishedSpan::new(
            TraceId::new(0xabc).unwrap(),
            SpanId::new(0xd).unwrap(),
            "evil\n2026 INFO all is well",
            SystemTime::UNIX_EPOCH,
            Duration::from_micros(1500),
        );
        span.parent_span_id = SpanId::new(0xe);
        assert_eq!(
            line(&process, SpanView::from(&span)),
            "span abc:d:e:1 hs main.evil\\n2026 INFO all is well took 1.5ms"
        );
    }
}
