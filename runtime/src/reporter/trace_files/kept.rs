//! The spans that files are made of, by their trace.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use super::size::bytes_of;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::FinishedSpan;
use crate::model::id::TraceId;
use crate::model::process::Process;
use crate::reporter::encoding::jaeger_json::ProcessSpan;

/// About the most bytes of all spans that are kept.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The spans of one trace.
#[derive(Default)]
pub(super) struct Trace {
    spans: Vec<(Arc<Process>, FinishedSpan)>,
    bytes: usize,
    /// How many of them are in no file yet.
    pub(super) unwritten: usize,
    /// The file of this trace, once it has one of its own.
    pub(super) path: Option<PathBuf>,
}

impl Trace {
    pub(super) fn spans(&self) -> impl Iterator<Item = ProcessSpan<'_>> {
        self.spans.iter().map(|(process, span)| (&**process, span))
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }
}

/// Traces with at most a number of spans, and of bytes, in all.
pub(super) struct KeptTraces {
    traces: HashMap<TraceId, Trace>,
    /// The traces by the arrival of their first spans.
    order: VecDeque<TraceId>,
    spans: usize,
    bytes: usize,
    pub(super) max_spans: usize,
    last_process: Option<Arc<Process>>,
}

impl KeptTraces {
    pub(super) fn new(max_spans: usize) -> Self {
        Self {
            traces: HashMap::new(),
            order: VecDeque::new(),
            spans: 0,
            bytes: 0,
            max_spans,
            last_process: None,
        }
    }

    /// Keeps the spans for which there is room in their own trace, and returns how many found none.
    pub(super) fn add(&mut self, process: &Process, spans: Spans<'_>) -> u64 {
        let process = self.shared(process);
        let refused = spans.iter().filter(|span| !self.add_span(&process, *span));
        refused.count() as u64
    }

    fn add_span(&mut self, process: &Arc<Process>, span: SpanView<'_>) -> bool {
        let trace_id = span.trace_id();
        let trace = self.traces.entry(trace_id).or_insert_with(|| {
            self.order.push_back(trace_id);
            Trace::default()
        });
        let span = span.to_finished_span();
        let bytes = bytes_of(&span);
        let has_room = trace.len() < self.max_spans && trace.bytes + bytes <= MAX_BYTES;
        if has_room {
            trace.spans.push((Arc::clone(process), span));
            trace.bytes += bytes;
            trace.unwritten += 1;
            self.bytes += bytes;
            self.spans += 1;
        }
        has_room
    }

    fn shared(&mut self, process: &Process) -> Arc<Process> {
        match &self.last_process {
            Some(last) if **last == *process => Arc::clone(last),
            _ => Arc::clone(self.last_process.insert(Arc::new(process.clone()))),
        }
    }

    /// Removes the oldest trace if there are too many spans.
    pub(super) fn take_excess(&mut self) -> Option<Trace> {
        if self.spans <= self.max_spans && self.bytes <= MAX_BYTES {
            return None;
        }
        let trace = self.traces.remove(&self.order.pop_front()?)?;
        self.spans -= trace.len();
        self.bytes -= trace.bytes;
        Some(trace)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.max_spans);
    }

    pub(super) fn unwritten(&self) -> u64 {
        self.traces.values().map(|trace| trace.unwritten as u64).sum()
    }

    /// All spans, trace by trace, the oldest first.
    pub(super) fn spans(&self) -> Vec<ProcessSpan<'_>> {
        let traces = self.order.iter().filter_map(|id| self.traces.get(id));
        traces.flat_map(Trace::spans).collect()
    }

    pub(super) fn traces_mut(&mut self) -> impl Iterator<Item = (TraceId, &mut Trace)> {
        self.traces.iter_mut().map(|(id, trace)| (*id, trace))
    }
}
