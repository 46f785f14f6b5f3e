//! The traces that the page shows.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::example::Example;
use super::lists::Lists;
use super::operation::{Change, Operation};
use super::operation_name::OperationKey;
use super::stored_trace::StoredTrace;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::id::TraceId;
use crate::model::process::Process;

/// The most operations. A further one takes the place of that which has not been seen for longest.
const MOST_OPERATIONS: usize = 500;

/// The bytes that a trace takes besides its spans.
const BYTES_OF_A_TRACE: usize = 160;

/// All that the page shows apart from open spans.
///
/// A trace that is not listed waits for its local root, or for another part of it in this process, among the *recent* traces,
/// until newer ones need the room.
#[derive(Debug)]
pub(super) struct Store {
    most_bytes: usize,
    operations: BTreeMap<OperationKey, Operation>,
    /// The local roots that were seen.
    roots: u64,
    traces: HashMap<TraceId, StoredTrace>,
    /// In the order of their first span.
    order: VecDeque<TraceId>,
    processes: Vec<Arc<Process>>,
    pub(super) bytes: usize,
    spans: u64,
    time_spent: Duration,
}

impl Store {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes,
            operations: BTreeMap::new(),
            roots: 0,
            traces: HashMap::new(),
            order: VecDeque::new(),
            processes: Vec::new(),
            bytes: 0,
            spans: 0,
            time_spent: Duration::ZERO,
        }
    }

    /// Takes spans that are reported.
    pub(super) fn add(&mut self, process: &Process, spans: Spans<'_>) {
        let started = Instant::now();
        let process = self.shared(process);
        for span in spans {
            // A report of a span that goes on. The live spans have it.
            if !span.goes_on() {
                self.add_span(&process, span);
            }
        }
        self.make_room();
        self.spans += spans.len() as u64;
        self.time_spent += started.elapsed();
    }

    /// Counts the local root of a trace that is thrown away.
    pub(super) fn count(&mut self, process: &Process, root: SpanView<'_>) {
        let started = Instant::now();
        let example = Example::of(root, &process.service_name);
        self.operation(&example).count(&example);
        self.spans += 1;
        self.time_spent += started.elapsed();
    }

    pub(super) fn trace(&self, id: TraceId) -> Option<&StoredTrace> {
        self.traces.get(&id)
    }

    /// What the lists show, so that they can be written while the store goes on.
    pub(super) fn lists(&self) -> Lists {
        Lists {
            operations: self.operations.clone(),
            stored: self.with_spans().collect(),
            bytes: self.bytes,
            spans: self.spans,
            time_spent: self.time_spent,
        }
    }

    /// The traces of which at least one span has found room.
    fn with_spans(&self) -> impl Iterator<Item = TraceId> {
        let traces = self.traces.iter();
        traces
            .filter(|(_, trace)| !trace.spans.is_empty())
            .map(|(id, _)| *id)
    }

    fn shared(&mut self, process: &Process) -> Arc<Process> {
        if let Some(known) = self.processes.iter().find(|known| ***known == *process) {
            return Arc::clone(known);
        }
        let process = Arc::new(process.clone());
        self.processes.push(Arc::clone(&process));
        process
    }

    fn add_span(&mut self, process: &Arc<Process>, span: SpanView<'_>) {
        let id = span.trace_id();
        let (order, bytes) = (&mut self.order, &mut self.bytes);
        let trace = self.traces.entry(id).or_insert_with(|| {
            order.push_back(id);
            *bytes += BYTES_OF_A_TRACE;
            StoredTrace::default()
        });
        self.bytes -= trace.bytes;
        trace.add(process, span.to_finished_span(), self.most_bytes / 4);
        self.bytes += trace.bytes;
        if span.is_local_root() {
            let example = Arc::new(Example::of(span, &process.service_name));
            let change = self.operation(&example).add(&example);
            self.apply(id, &change);
        }
    }

    fn operation(&mut self, example: &Example) -> &mut Operation {
        let key = (example.service.clone(), example.name.clone());
        if self.operations.len() >= MOST_OPERATIONS && !self.operations.contains_key(&key) {
            self.forget_operation();
        }
        self.roots += 1;
        let operation = self.operations.entry(key).or_default();
        operation.last = self.roots;
        operation
    }

    fn forget_operation(&mut self) {
        let oldest = self.operations.iter().min_by_key(|(_, operation)| operation.last);
        let oldest = oldest.map(|(key, _)| key.clone());
        let forgotten = oldest.and_then(|key| self.operations.remove(&key));
        for id in forgotten.iter().flat_map(Operation::listed) {
            self.unlist(id);
        }
    }

    fn unlist(&mut self, id: TraceId) {
        if let Some(trace) = self.traces.get_mut(&id) {
            trace.listed = trace.listed.saturating_sub(1);
        }
    }

    fn apply(&mut self, id: TraceId, change: &Change) {
        if let Some(trace) = self.traces.get_mut(&id) {
            trace.listed += change.listed;
        }
        change.replaced.iter().for_each(|replaced| self.unlist(*replaced));
    }

    /// Forgets the oldest traces that are not listed, and then the oldest of all.
    fn make_room(&mut self) {
        self.forget(|trace| trace.listed == 0);
        self.forget(|_| true);
    }

    fn forget(&mut self, may_go: impl Fn(&StoredTrace) -> bool) {
        if self.bytes <= self.most_bytes {
            return;
        }
        let mut stay = VecDeque::with_capacity(self.order.len());
        for id in std::mem::take(&mut self.order) {
            let goes = self.bytes > self.most_bytes && self.traces.get(&id).is_some_and(&may_go);
            match goes.then(|| self.traces.remove(&id)).flatten() {
                Some(trace) => self.bytes -= trace.bytes + BYTES_OF_A_TRACE,
                None => stay.push_back(id),
            }
        }
        self.order = stay;
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::model::finished_span::FinishedSpan;
    use crate::model::id::SpanId;

    #[test]
    fn traces_whose_spans_find_no_room_do_not_stay_for_ever() {
        let process = Process::new("test", Vec::new());
        let mut store = Store::new(1_000);
        for number in 1..=1_000 {
            let (trace, id) = (TraceId::new(number).unwrap(), SpanId::new(1).unwrap());
            let name = "n".repeat(500);
            let span = FinishedSpan::new(trace, id, name, SystemTime::UNIX_EPOCH, Duration::ZERO);
            store.add(&process, Spans::from(&[span]));
        }
        assert!(store.bytes <= 1_000 && store.traces.len() <= 6);
        assert_eq!(store.order.len(), store.traces.len());
    }
}
