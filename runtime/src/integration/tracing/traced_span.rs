//! What the layer knows of a span of `tracing`.

use std::sync::Arc;

use crate::span::handle::Span;
use crate::span::stack::shared_span::SharedSpan;
use crate::util::tick::Tick;

/// A span of `tracing`. The extensions of the registry have it, and threads that are or were inside.
#[derive(Debug, Clone)]
pub(super) struct TracedSpan(Arc<SharedSpan>);

impl TracedSpan {
    pub(super) fn new(shared: Arc<SharedSpan>) -> Self {
        Self(shared)
    }

    pub(super) fn shared(&self) -> &Arc<SharedSpan> {
        &self.0
    }

    pub(super) fn into_span(self) -> Span {
        Span { shared: Some(self.0) }
    }

    /// Whether `tracing` has closed it. Threads may remember it longer.
    pub(super) fn is_closed(&self) -> bool {
        self.0.last_exit.is_closed()
    }

    /// Remembers that a thread leaves it now.
    pub(super) fn leave(&self) {
        self.0.last_exit.set(Tick::now());
    }

    /// Ends the span, at the time at which it was left last: `tracing` closes a span after all of its children, however
    /// long they outlive it.
    pub(super) fn close(&self) {
        let left = self.0.last_exit.close();
        self.0.finish_unless_done(left.unwrap_or_else(Tick::now));
    }
}
