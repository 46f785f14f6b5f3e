//! The open spans of a tracer, for those who watch them.

use std::fmt;
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::delivery::batch::Batch;
use crate::delivery::collection::Collection;
use crate::delivery::span_view::{SpanView, Spans};
use crate::model::finished_span::FinishedSpan;
use crate::util::fork_safe::ForkMutex;
use crate::util::thread_number;

/// Threads are spread over so many lists.
const LISTS: usize = 16;

/// A list is looked through once it has grown by so many spans, or to twice its size.
const MANY: usize = 64;

/// A span that can be looked at before it ends.
pub(crate) trait LiveSpan: Send + Sync {
    /// Adds the span with its duration so far, unless it has finished.
    fn add_so_far(&self, batch: &mut Batch);
}

/// The spans of a tracer that have not finished, from the moment on at which somebody wants to watch them.
pub(crate) struct LiveSpans {
    /// `Relaxed` is enough: a thread that sees it late begins to list its spans late.
    is_watched: AtomicBool,
    lists: [ForkMutex<List>; LISTS],
}

#[derive(Default)]
struct List {
    spans: Vec<Weak<dyn LiveSpan>>,
    /// How long it may become before it is looked through.
    limit: usize,
}

impl List {
    fn add(&mut self, span: Weak<dyn LiveSpan>) {
        if self.spans.len() >= self.limit.max(MANY) {
            // No span is dropped here, since its end is no business of a thread that starts another one.
            self.spans.retain(|span| span.strong_count() > 0);
            self.limit = 2 * self.spans.len() + MANY;
        }
        self.spans.push(span);
    }
}

impl LiveSpans {
    pub(super) fn new() -> Self {
        Self {
            is_watched: AtomicBool::new(false),
            lists: std::array::from_fn(|_| ForkMutex::new(List::default())),
        }
    }

    /// Begins to list spans. They are listed for as long as the tracer lives.
    pub(crate) fn watch(&self) {
        self.is_watched.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn are_watched(&self) -> bool {
        self.is_watched.load(Ordering::Relaxed)
    }

    /// Lists a span that has just started.
    pub(crate) fn add(&self, span: Weak<dyn LiveSpan>) {
        let index = thread_number::current() as usize % LISTS;
        if let Some(list) = self.lists.get(index) {
            list.with(|list| list.add(span));
        }
    }

    /// The open spans so far, the oldest first. Their names are cut to `longest_name` bytes.
    pub(crate) fn so_far(&self, longest_name: usize) -> Vec<FinishedSpan> {
        let mut all = Vec::new();
        for list in &self.lists {
            all.extend(list.with(|list| list.spans.clone()));
        }
        let mut batch = Batch::new();
        let open = all.iter().filter_map(Weak::upgrade);
        open.for_each(|span| span.add_so_far(&mut batch));
        let mut spans = Collection::new(longest_name);
        spans.clock().refresh();
        spans.add_kept(batch);
        let open = Spans::from(spans.spans()).iter();
        let mut open: Vec<_> = open.map(SpanView::to_finished_span).collect();
        open.sort_by_key(|span| span.start_time);
        open
    }

    pub(super) fn reset_in_child(&self) {
        self.lists
            .iter()
            .for_each(|list| list.replace_in_child(List::default()));
    }
}

impl fmt::Debug for LiveSpans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSpans")
            .field("are_watched", &self.are_watched())
            .finish_non_exhaustive()
    }
}
