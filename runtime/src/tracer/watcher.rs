//! Those who look at the spans of a tracer beside its reporter.

use std::fmt;
use std::sync::{Arc, Weak};

use crate::delivery::span_view::{SpanView, Spans};
use crate::model::process::Process;
use crate::util::fork_safe::ForkMutex;

/// Looks at spans, on the thread of the worker.
pub(crate) trait Watcher: Send + Sync {
    /// Spans that are reported.
    fn see(&self, process: &Process, spans: Spans<'_>);

    /// The local root of a trace that the sampler rejected and that is not kept.
    fn see_thrown_away(&self, process: &Process, root: SpanView<'_>);
}

/// The watchers of a tracer, as long as somebody else has them. In the child process of a fork there are none: their locks may be held there for ever.
#[derive(Debug)]
pub(super) struct Watchers(ForkMutex<List>);

#[derive(Default)]
struct List(Vec<Weak<dyn Watcher>>);

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watchers").field(&self.0.len()).finish()
    }
}

impl Watchers {
    pub(super) fn none() -> Self {
        Self(ForkMutex::new(List::default()))
    }

    #[cfg(feature = "page")]
    pub(super) fn add(&self, watcher: Weak<dyn Watcher>) {
        self.0.with(|list| list.0.push(watcher));
    }

    pub(super) fn all(&self) -> Vec<Arc<dyn Watcher>> {
        self.0.with(|list| {
            list.0.retain(|watcher| watcher.strong_count() > 0);
            list.0.iter().filter_map(Weak::upgrade).collect()
        })
    }

    pub(super) fn reset_in_child(&self) {
        self.0.replace_in_child(List::default());
    }
}
