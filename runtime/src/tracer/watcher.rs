//! Those who look at the spans of a tracer beside its reporter.

use std::fmt;
use std::sync::Arc;

use super::core::TracerInner;
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

/// The watchers of a tracer. In the child process of a fork there are none: their locks may be held there for ever.
#[derive(Default)]
pub(crate) struct Watchers(Vec<Arc<dyn Watcher>>);

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watchers").field(&self.0.len()).finish()
    }
}

pub(super) fn no_watchers() -> ForkMutex<Watchers> {
    ForkMutex::new(Watchers::default())
}

impl TracerInner {
    /// Lets somebody look at the spans that are reported from now on, and lists those that are open.
    #[cfg(feature = "page")]
    pub(crate) fn watch(&self, watcher: Arc<dyn Watcher>) {
        self.watchers.with(|watchers| watchers.0.push(watcher));
        self.open_spans.watch();
    }

    pub(crate) fn watchers(&self) -> Vec<Arc<dyn Watcher>> {
        self.watchers.with(|watchers| watchers.0.clone())
    }
}
