//! The spans of one trace.

use std::sync::Arc;

use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::reporter::trace_files::size::bytes_of;

/// The most spans of a trace.
const MOST_SPANS: usize = 10_000;

/// The spans of one trace, which may be of several services.
#[derive(Debug, Default, Clone)]
pub(super) struct StoredTrace {
    pub(super) spans: Vec<(Arc<Process>, Arc<FinishedSpan>)>,
    pub(super) bytes: usize,
    /// Spans that came when there were too many.
    pub(super) missing: u64,
    /// How often it is listed.
    pub(super) listed: u32,
}

impl StoredTrace {
    /// Adds a span, if there is room. For a local root there is, because it says what the others are about, and is the last of
    /// them to end.
    pub(super) fn add(&mut self, process: &Arc<Process>, span: FinishedSpan, most_bytes: usize) {
        let bytes = size(&span);
        let is_full = self.spans.len() >= MOST_SPANS || self.bytes + bytes > most_bytes;
        if is_full && !(span.local_root && self.drop_last_child()) {
            self.missing += 1;
            return;
        }
        self.spans.push((Arc::clone(process), Arc::new(span)));
        self.bytes += bytes;
    }

    /// Drops the newest span that is no local root. False if there is none.
    fn drop_last_child(&mut self) -> bool {
        let Some(place) = self.spans.iter().rposition(|(_, span)| !span.local_root) else {
            return false;
        };
        let (_, dropped) = self.spans.remove(place);
        self.bytes -= size(&dropped);
        self.missing += 1;
        true
    }
}

/// The bytes of the pointers to a span, and of what the allocator adds to it; as many for each of its log records.
const ALLOCATED: usize = 64;

/// About how many bytes a span takes.
fn size(span: &FinishedSpan) -> usize {
    bytes_of(span) + ALLOCATED * (1 + span.logs.len())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::id::{SpanId, TraceId};

    fn span(number: u64, local_root: bool) -> FinishedSpan {
        let (trace, id) = (TraceId::new(1).unwrap(), SpanId::new(number).unwrap());
        let mut span = FinishedSpan::new(trace, id, "span", SystemTime::UNIX_EPOCH, Duration::ZERO);
        span.local_root = local_root;
        span
    }

    fn trace_of(children: u64, most_bytes: usize) -> StoredTrace {
        let process = Arc::new(Process::new("test", Vec::new()));
        let mut trace = StoredTrace::default();
        for number in 1..=children {
            trace.add(&process, span(number, false), most_bytes);
        }
        trace.add(&process, span(children + 1, true), most_bytes);
        trace
    }

    #[test]
    fn a_trace_with_too_many_spans_has_its_local_root() {
        let trace = trace_of(10_500, usize::MAX);
        assert_eq!((trace.spans.len(), trace.missing), (10_000, 501));
        assert!(trace.spans.last().unwrap().1.local_root);
    }

    #[test]
    fn a_trace_with_too_many_bytes_has_its_local_root_and_no_more_bytes() {
        let of_one = size(&span(1, false));
        let trace = trace_of(20, 10 * of_one);
        assert_eq!((trace.spans.len(), trace.missing), (10, 11));
        assert_eq!(trace.bytes, 10 * of_one);
        assert!(trace.spans.last().unwrap().1.local_root);
    }

    #[test]
    fn local_roots_alone_do_not_exceed_the_limit() {
        let process = Arc::new(Process::new("test", Vec::new()));
        let mut trace = StoredTrace::default();
        (1..=10_010).for_each(|number| trace.add(&process, span(number, true), usize::MAX));
        assert_eq!((trace.spans.len(), trace.missing), (10_000, 10));
    }
}
