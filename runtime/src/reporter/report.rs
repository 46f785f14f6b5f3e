//! The trait of reporters, and its result.

use crate::model::finished_span::FinishedSpan;
use crate::model::process::{ClientStats, Process};

/// The outcome of [`Reporter::report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Spans that were sent.
    pub sent: u64,
    /// Spans lost because a single one is larger than the transport's limit.
    pub too_large: u64,
    /// Spans lost because the transport failed.
    pub failed: u64,
}

/// Takes finished spans, on the worker thread of a tracer.
///
/// It may block: only [`TracerGuard::flush`](crate::TracerGuard::flush) and
/// [`TracerGuard::shutdown`](crate::TracerGuard::shutdown) wait for it. It may panic: the spans of that call
/// are lost and counted. It is called with at least one span, at most once per flush interval unless the
/// queue fills up or the program flushes.
pub trait Reporter: Send {
    /// Takes finished spans and reports their outcome.
    ///
    /// They are in the order in which they finished. That holds from one call to the next for the spans of one
    /// thread; those of another thread may come with a later call.
    fn report(&mut self, process: &Process, spans: &[FinishedSpan]) -> Report;

    /// Receives the tracer's losses since its start, before each [`report`](Self::report), to pass them on
    /// with the spans. The default does nothing.
    fn set_client_stats(&mut self, stats: ClientStats) {
        let _ = stats;
    }

    /// Called in a forked child process before the first [`report`](Self::report), on the thread that starts
    /// the first span. The parent still has the same connections and files, so a reporter must let go of
    /// those that two processes cannot share.
    fn after_fork_in_child(&mut self) {}

    /// A fresh reporter with the same settings, for a child process forked while this one is in use. In the
    /// child, this one stays locked forever by a thread that no longer exists. It is requested when the
    /// tracer starts, so it should open nothing. With `None`, the default, such a child traces nothing.
    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        None
    }
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn report(&mut self, process: &Process, spans: &[FinishedSpan]) -> Report {
        (**self).report(process, spans)
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        (**self).set_client_stats(stats);
    }

    fn after_fork_in_child(&mut self) {
        (**self).after_fork_in_child();
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        (**self).for_child()
    }
}
