//! The open spans of a tracer that knows them.

use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::util::lock::lock;
use crate::util::tick::Tick;

/// A span that may be open.
pub(crate) trait OpenSpan: Send + Sync + fmt::Debug {
    /// What is known of it, unless it has finished.
    fn look(&self) -> Option<SeenSpan>;
}

/// What is known of an open span.
#[derive(Debug, Clone)]
pub(crate) struct SeenSpan {
    pub(crate) name: String,
    pub(crate) number: u64,
    /// The number of the parent; zero if it is not on the same thread.
    pub(crate) parent: u64,
    pub(crate) start: Tick,
}

/// After so many spans, those that have finished are forgotten.
const FEW: usize = 64;
/// How long a change may go unnoticed: the end of a span is announced, but not that its thread has handed it over.
const SLICE: Duration = Duration::from_millis(5);

/// The open spans of a tracer, in the order of their starts.
#[derive(Debug, Default)]
pub(crate) struct OpenSpans {
    spans: Mutex<Spans>,
    ends: Mutex<u64>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Spans {
    all: Vec<Weak<dyn OpenSpan>>,
    /// The number from which on finished ones are looked for.
    full: usize,
}

impl OpenSpans {
    pub(crate) fn add(&self, span: Weak<dyn OpenSpan>) {
        let mut spans = lock(&self.spans);
        if spans.all.len() >= spans.full.max(FEW) {
            // Only those that are gone: to ask the others, their locks would be needed.
            spans.all.retain(|span| span.strong_count() > 0);
            spans.full = 2 * spans.all.len();
        }
        spans.all.push(span);
    }

    pub(crate) fn list(&self) -> Vec<SeenSpan> {
        let all = lock(&self.spans).all.clone();
        let open = all.iter().filter_map(Weak::upgrade);
        open.filter_map(|span| span.look()).collect()
    }

    /// Wakes those who wait, because a span has finished.
    pub(crate) fn notify(&self) {
        *lock(&self.ends) += 1;
        self.changed.notify_all();
    }

    /// Waits until `look` finds something. The last thing that it has found if that is not in time is `None`.
    pub(crate) fn wait_until<R>(&self, timeout: Duration, mut look: impl FnMut() -> Option<R>) -> Option<R> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let seen = *lock(&self.ends);
            if let Some(found) = look() {
                return Some(found);
            }
            let left = deadline.map_or(SLICE, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return None;
            }
            let ends = lock(&self.ends);
            if *ends == seen {
                let waited = self.changed.wait_timeout(ends, left.min(SLICE));
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}
