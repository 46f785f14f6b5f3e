//! Spans that wait for their local root.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::delivery::span_view::Spans;
use crate::model::finished_span::FinishedSpan;
use crate::model::id::{SpanId, TraceId};
use crate::model::process::Process;
use crate::model::span_tree::in_tree_order;

/// The most spans that may wait.
pub(super) const MAX_HELD: usize = 4096;
/// The longest time that a span waits while others arrive.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(30);
/// The number of printed spans that are remembered, to recognise children that are too late for their tree.
const MAX_PRINTED: usize = 8192;

type Id = (TraceId, SpanId);

/// A span and the service that it belongs to.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) service: Arc<str>,
    pub(super) span: FinishedSpan,
    since: Instant,
}

/// Spans that are printed together; one of them is above all others.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) entries: Vec<Entry>,
    pub(super) above: Above,
}

/// The parent of the top of a tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Above {
    Nothing,
    /// A span of another process.
    Remote(SpanId),
    /// A span with this name that was printed before.
    Printed(Cow<'static, str>),
    /// A span that did not arrive.
    Missing(SpanId),
}

#[derive(Debug, Default)]
pub(super) struct PendingSpans {
    entries: Vec<Entry>,
    printed: HashMap<Id, Cow<'static, str>>,
    printed_order: VecDeque<Id>,
    pub(super) whole_traces: bool,
}

impl PendingSpans {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn add(&mut self, process: &Process, spans: Spans<'_>, now: Instant) {
        for span in spans {
            self.push(process, span.to_finished_span(), now);
        }
    }

    pub(super) fn push(&mut self, process: &Process, span: FinishedSpan, now: Instant) {
        let service: Arc<str> = match self.entries.last() {
            Some(last) if *last.service == *process.service_name => Arc::clone(&last.service),
            _ => Arc::from(process.service_name.as_str()),
        };
        self.entries.push(Entry {
            service,
            span,
            since: now,
        });
    }

    /// Takes the trees whose top will get no parent any more, those that have waited too long, and the oldest
    /// while too many wait.
    pub(super) fn take_ready(&mut self, now: Instant) -> Vec<Tree> {
        let mut ready = self.take(|pending, top| pending.is_complete(top));
        let due = self.due(now);
        if !due.is_empty() {
            ready.extend(self.take(|_, top| due.contains(&top.trace_id)));
        }
        ready
    }

    pub(super) fn take_all(&mut self) -> Vec<Tree> {
        self.take(|_, _| true)
    }

    fn is_complete(&self, top: &FinishedSpan) -> bool {
        match self.above(top) {
            Above::Nothing | Above::Printed(_) => true,
            Above::Remote(_) => !self.whole_traces,
            Above::Missing(_) => false,
        }
    }

    fn above(&self, top: &FinishedSpan) -> Above {
        let Some(parent) = top.parent_span_id else {
            return Above::Nothing;
        };
        match self.printed.get(&(top.trace_id, parent)) {
            Some(name) if !top.local_root || self.whole_traces => Above::Printed(name.clone()),
            _ if top.local_root => Above::Remote(parent),
            _ => Above::Missing(parent),
        }
    }

    fn due(&self, now: Instant) -> HashSet<TraceId> {
        let mut sizes: HashMap<TraceId, usize> = HashMap::new();
        for entry in &self.entries {
            *sizes.entry(entry.span.trace_id).or_default() += 1;
        }
        let mut excess = self.entries.len().saturating_sub(MAX_HELD);
        let mut due = HashSet::new();
        for entry in &self.entries {
            let waited = now.saturating_duration_since(entry.since) >= MAX_WAIT;
            if (waited || excess > 0) && due.insert(entry.span.trace_id) {
                let size = sizes.get(&entry.span.trace_id).copied().unwrap_or_default();
                excess = excess.saturating_sub(size);
            }
        }
        due
    }

    /// Takes the trees whose top is wanted, in the order in which their tops arrived.
    fn take(&mut self, wanted: impl Fn(&Self, &FinishedSpan) -> bool) -> Vec<Tree> {
        let all = std::mem::take(&mut self.entries);
        let mut top_of = vec![0; all.len()];
        let mut top = 0;
        for position in in_tree_order(all.iter().map(|entry| &entry.span)) {
            if position.parent.is_none() {
                top = position.index;
            }
            if let Some(slot) = top_of.get_mut(position.index) {
                *slot = top;
            }
        }
        let mut trees: HashMap<usize, Tree> = all
            .iter()
            .enumerate()
            .filter(|(index, entry)| top_of.get(*index) == Some(index) && wanted(self, &entry.span))
            .map(|(index, entry)| {
                let above = self.above(&entry.span);
                (
                    index,
                    Tree {
                        entries: Vec::new(),
                        above,
                    },
                )
            })
            .collect();
        for (entry, top) in all.into_iter().zip(top_of) {
            match trees.get_mut(&top) {
                Some(tree) => {
                    self.remember(&entry.span);
                    tree.entries.push(entry);
                }
                None => self.entries.push(entry),
            }
        }
        let mut trees: Vec<(usize, Tree)> = trees.into_iter().collect();
        trees.sort_by_key(|(top, _)| *top);
        trees.into_iter().map(|(_, tree)| tree).collect()
    }

    fn remember(&mut self, span: &FinishedSpan) {
        let id = (span.trace_id, span.span_id);
        if self.printed.insert(id, span.operation_name.clone()).is_none() {
            self.printed_order.push_back(id);
        }
        if self.printed_order.len() > MAX_PRINTED {
            if let Some(oldest) = self.printed_order.pop_front() {
                self.printed.remove(&oldest);
            }
        }
    }
}
