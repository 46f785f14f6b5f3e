//! The open spans of a tracer that somebody watches.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

#[cfg(feature = "page")]
use crate::delivery::batch::Batch;
#[cfg(feature = "page")]
use crate::model::id::TraceId;
use crate::util::fork_safe::ForkMutex;
use crate::util::lock::lock;
use crate::util::thread_number;
use crate::util::tick::Tick;

/// A span that may be open.
pub(crate) trait OpenSpan: Send + Sync + fmt::Debug {
    /// What is known of it, unless it has finished.
    fn look(&self) -> Option<SeenSpan>;

    /// Its trace and its start, unless it has finished. Cheaper than the others.
    #[cfg(feature = "page")]
    fn place(&self) -> Option<(TraceId, Tick)>;

    /// Adds it with its duration so far, unless it has finished.
    #[cfg(feature = "page")]
    fn add_so_far(&self, batch: &mut Batch);
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

/// Threads are spread over so many lists.
const LISTS: usize = 16;
/// After so many spans, those that have finished are forgotten.
const FEW: usize = 64;
/// How long a change may go unnoticed: the end of a span is announced, but not that its thread has handed it over.
const SLICE: Duration = Duration::from_millis(5);

/// The spans of a tracer that have not finished, from the moment on at which somebody watches them.
#[derive(Debug)]
pub(crate) struct OpenSpans {
    /// `Relaxed` is enough: a thread that sees it late begins to list its spans late.
    is_watched: AtomicBool,
    lists: [ForkMutex<List>; LISTS],
    /// `Relaxed` is enough: who waits looks again after a [`SLICE`].
    waiting: AtomicUsize,
    ends: Mutex<u64>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct List {
    spans: Vec<Weak<dyn OpenSpan>>,
    /// The number from which on finished ones are looked for.
    full: usize,
}

impl List {
    fn add(&mut self, span: Weak<dyn OpenSpan>) {
        if self.spans.len() >= self.full.max(FEW) {
            // Only those that are gone: to ask the others, their locks would be needed.
            self.spans.retain(|span| span.strong_count() > 0);
            self.full = 2 * self.spans.len();
        }
        self.spans.push(span);
    }
}

impl OpenSpans {
    pub(super) fn new(is_watched: bool) -> Self {
        Self {
            is_watched: AtomicBool::new(is_watched),
            lists: std::array::from_fn(|_| ForkMutex::new(List::default())),
            waiting: AtomicUsize::new(0),
            ends: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    /// Lists spans from now on, for as long as the tracer lives.
    #[cfg(feature = "page")]
    pub(super) fn watch(&self) {
        self.is_watched.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn are_watched(&self) -> bool {
        self.is_watched.load(Ordering::Relaxed)
    }

    /// Lists a span that has just started.
    pub(crate) fn add(&self, span: Weak<dyn OpenSpan>) {
        let index = thread_number::current() as usize % LISTS;
        if let Some(list) = self.lists.get(index) {
            list.with(|list| list.add(span));
        }
    }

    pub(crate) fn all(&self) -> Vec<Weak<dyn OpenSpan>> {
        let lists = self.lists.iter();
        lists
            .flat_map(|list| list.with(|list| list.spans.clone()))
            .collect()
    }

    /// The open spans, the oldest first.
    pub(crate) fn list(&self) -> Vec<SeenSpan> {
        let all = self.all();
        let open = all.iter().filter_map(Weak::upgrade);
        let mut open: Vec<SeenSpan> = open.filter_map(|span| span.look()).collect();
        open.sort_by_key(|span| span.start);
        open
    }

    /// Wakes those who wait, because a span has finished.
    pub(crate) fn notify(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            *lock(&self.ends) += 1;
            self.changed.notify_all();
        }
    }

    /// Waits until `look` finds something. The last thing that it has found if that is not in time is `None`.
    pub(crate) fn wait_until<R>(&self, timeout: Duration, look: impl FnMut() -> Option<R>) -> Option<R> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let found = self.wait(timeout, look);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        found
    }

    fn wait<R>(&self, timeout: Duration, mut look: impl FnMut() -> Option<R>) -> Option<R> {
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

    pub(super) fn reset_in_child(&self) {
        self.lists
            .iter()
            .for_each(|list| list.replace_in_child(List::default()));
    }
}
