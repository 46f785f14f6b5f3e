//! A reporter that keeps finished spans in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use super::report::{Report, Reporter};
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::util::lock::lock;

/// Keeps finished spans, for tests and for programs that show their own traces.
///
/// Clones share the spans: give one to the tracer and read from the other. The number is not limited;
/// [`take`](Self::take) frees the memory.
///
/// ```
/// use fedtrace::reporter::MemoryReporter;
///
/// let reporter = MemoryReporter::new();
/// assert!(reporter.is_empty());
/// assert_eq!(reporter.clone().finished_spans(), []);
/// ```
#[doc(alias = "InMemoryReporter")]
#[derive(Clone, Default)]
pub struct MemoryReporter(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    process: Option<Process>,
    spans: Vec<FinishedSpan>,
}

impl MemoryReporter {
    /// A reporter without spans.
    pub fn new() -> Self {
        Self::default()
    }

    /// The spans kept, in the order in which they arrived.
    pub fn finished_spans(&self) -> Vec<FinishedSpan> {
        self.kept().spans.clone()
    }

    /// Removes the spans kept and returns them, in the order in which they arrived.
    #[doc(alias = "clear")]
    pub fn take(&self) -> Vec<FinishedSpan> {
        std::mem::take(&mut self.kept().spans)
    }

    /// The process of the latest spans; `None` before the first span.
    pub fn process(&self) -> Option<Process> {
        self.kept().process.clone()
    }

    /// The number of spans kept.
    pub fn len(&self) -> usize {
        self.kept().spans.len()
    }

    /// Whether no span is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.0)
    }
}

impl Reporter for MemoryReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        let mut kept = self.kept();
        if kept.process.as_ref() != Some(process) {
            kept.process = Some(process.clone());
        }
        kept.spans.extend(spans.iter().map(SpanView::to_finished_span));
        Report::sent(spans.len() as u64)
    }
}

impl fmt::Debug for MemoryReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReporter")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::id::SpanId;
    use crate::model::id::TraceId;

    #[test]
    fn clones_share_the_spans_in_the_order_in_which_they_came() {
        let process = Process::new("s", vec![]);
        let span = |id, name| {
            FinishedSpan::new(
                TraceId::new(1).unwrap(),
                SpanId::new(id).unwrap(),
                name,
                SystemTime::UNIX_EPOCH,
                Duration::ZERO,
            )
        };
        let mine = MemoryReporter::new();
        let mut theirs = mine.clone();
        theirs.report(&process, Spans::from(&[span(2, "b")]));
        assert_eq!(theirs.report(&process, Spans::from(&[span(1, "a")])).sent, 1);

        assert_eq!(mine.len(), 2);
        assert_eq!(mine.process(), Some(process));
        assert_eq!(mine.take(), [span(2, "b"), span(1, "a")]);
        assert!(theirs.is_empty());
    }
}
