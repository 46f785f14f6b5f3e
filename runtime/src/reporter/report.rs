//! The trait of reporters, and its result.

use crate::delivery::span_view::Spans;
use crate::model::process::{ClientStats, Process};

/// The outcome of [`Reporter::report`]. The three numbers together are the number of spans that the reporter was given; the
/// tracer's [`Stats`](crate::Stats) add up only if they are.
///
/// ```
/// use fedtrace::reporter::Report;
///
/// let report = Report::sent(8).with_too_large(1).with_failed(2);
/// assert_eq!((report.sent, report.too_large, report.failed), (8, 1, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// Spans that were sent.
    pub sent: u64,
    /// Spans lost because a single one is larger than the transport's limit.
    pub too_large: u64,
    /// Spans lost because the transport failed.
    pub failed: u64,
}

impl Report {
    /// `spans` spans were handed on, and none was lost.
    pub const fn sent(spans: u64) -> Self {
        Self {
            sent: spans,
            too_large: 0,
            failed: 0,
        }
    }

    /// Sets how many spans were lost because one alone is larger than what the transport takes.
    #[must_use]
    pub const fn with_too_large(mut self, spans: u64) -> Self {
        self.too_large = spans;
        self
    }

    /// Sets how many spans were lost because the transport failed.
    #[must_use]
    pub const fn with_failed(mut self, spans: u64) -> Self {
        self.failed = spans;
        self
    }

    /// Counts spans that were lost after they had counted as sent, as far as this report has spans that were sent. The rest is left
    /// to later ones.
    pub(crate) fn count_late_losses(&mut self, lost: &mut u64) {
        let counted = self.sent.min(*lost);
        self.sent -= counted;
        self.failed += counted;
        *lost -= counted;
    }
}

/// Takes finished spans, on the worker thread of a tracer.
///
/// It may block: only [`TracerGuard::flush`](crate::TracerGuard::flush) and
/// [`TracerGuard::shutdown`](crate::TracerGuard::shutdown) wait for it. It may panic: the spans of that call
/// are lost and counted. It is called with at least one span, at most once per flush interval unless the
/// queue fills up or the program flushes.
///
/// What it does on that thread is not traced by the tracer that it serves, or each report would lead to the next.
pub trait Reporter: Send {
    /// Takes finished spans and reports their outcome.
    ///
    /// They are in the order in which they finished. That holds from one call to the next for the spans of one
    /// thread; those of another thread may come with a later call.
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report;

    /// Receives the tracer's losses since its start, before each [`report`](Self::report), to pass them on
    /// with the spans. The default does nothing.
    fn set_client_stats(&mut self, stats: ClientStats) {
        let _ = stats;
    }

    /// Hands on what it keeps back, such as text in a buffer. Called on the same thread when
    /// [`TracerGuard`](crate::TracerGuard) flushes or shuts down, after the spans that were finished by then were
    /// reported; also if there were none. The guard waits for it.
    ///
    /// A panic is contained and counted in [`Stats::contained_panics`](crate::Stats::contained_panics). A reporter that
    /// keeps nothing back does nothing, which is the default.
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::{BufWriter, Write};
    ///
    /// use fedtrace::reporter::{Process, Report, Reporter, Spans};
    ///
    /// /// Writes the operation name of each span to a file.
    /// struct Names(BufWriter<File>);
    ///
    /// impl Reporter for Names {
    ///     fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
    ///         let mut report = Report::default();
    ///         for span in spans {
    ///             match writeln!(self.0, "{}", span.operation_name()) {
    ///                 Ok(()) => report.sent += 1,
    ///                 Err(_) => report.failed += 1,
    ///             }
    ///         }
    ///         report
    ///     }
    ///
    ///     fn flush(&mut self) {
    ///         let _ = self.0.flush();
    ///     }
    /// }
    /// ```
    fn flush(&mut self) {}

    /// Called on the same thread at least once in each flush interval, after the spans of that interval were reported; also if
    /// there were none. It is for what a reporter has put off until later. A panic is contained and counted as one of
    /// [`flush`](Self::flush) is. The default does nothing.
    fn at_interval(&mut self) {}

    /// How many spans were lost since the last call that counted as sent before, and that no [`Report`] has as failed instead.
    /// Called on the same thread after [`flush`](Self::flush) and [`at_interval`](Self::at_interval).
    ///
    /// It is for a reporter that keeps spans back and may lose them when it hands them on. They count as
    /// [`Stats::send_failure_spans`](crate::Stats::send_failure_spans), and as many spans fewer count as sent from then on, so
    /// that the sum is right again. The default is none.
    fn take_late_losses(&mut self) -> u64 {
        0
    }

    /// Called in a forked child process before the first [`report`](Self::report), on the thread that starts
    /// the first span, and by [`after_restore`](crate::after_restore).
    ///
    /// The parent still has the same connections and files, so a reporter must let go of those that two processes
    /// cannot share. It must leave them open, for example with [`mem::forget`](std::mem::forget): a child may have closed
    /// all descriptors and opened other files, so the number of a socket may be that of another file. For the same
    /// reason a reporter must not write to what it had open before the fork.
    ///
    /// ```
    /// use std::mem;
    /// use std::net::TcpStream;
    ///
    /// use fedtrace::reporter::{Process, Report, Reporter, Spans};
    ///
    /// struct Stream(Option<TcpStream>);
    ///
    /// impl Reporter for Stream {
    ///     fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
    ///         // Connects if there is no connection.
    ///         Report::sent(spans.len() as u64)
    ///     }
    ///
    ///     fn after_fork_in_child(&mut self) {
    ///         mem::forget(self.0.take());
    ///     }
    /// }
    /// ```
    fn after_fork_in_child(&mut self) {}

    /// A fresh reporter with the same settings, for a child process forked while this one is in use. In the
    /// child, this one stays locked forever by a thread that no longer exists. It is requested when the
    /// tracer starts, so it should open nothing. With `None`, the default, such a child traces nothing.
    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        None
    }
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        (**self).report(process, spans)
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        (**self).set_client_stats(stats);
    }

    fn flush(&mut self) {
        (**self).flush();
    }

    fn at_interval(&mut self) {
        (**self).at_interval();
    }

    fn take_late_losses(&mut self) -> u64 {
        (**self).take_late_losses()
    }

    fn after_fork_in_child(&mut self) {
        (**self).after_fork_in_child();
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        (**self).for_child()
    }
}
