//! The reporter that prints trees.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::time::Instant;

use super::pending::{PendingSpans, Tree};
use super::render;
use super::style::Style;

use crate::delivery::span_view::Spans;
use crate::model::process::Process;
use crate::reporter::report::{Report, Reporter};

/// Prints finished spans as trees: each local root with what happened below it.
///
/// A line has the duration, its share of the parent's duration (`>100%` if it went on without it), the name
/// and the tags. Spans with the tag `error` are marked with `✗`. Log records stand below their span, with the
/// time since its start:
///
/// ```text
/// ── example.org main ── 14:03:07.250 UTC · trace 00000000000a11ce · 6 spans
///  12.4 ms        get_missing_events       ARG.room_id=!a:example.org ARG.limit=10
///  8.10 ms   65%  ├─ load_events           ARG.count=7
///  7.90 ms   98%  │  ├─ query
///  30.0 µs   <1%  │  ╰─ decode
///  1.02 ms    8%  ├─ ✗ federation-request  destination=b.example
/// +1.00 ms        │     · error error.kind=io::Error message="connection refused"
///  24.8 ms >100%  ╰─ retry_later           follows_from=federation-request
/// ```
///
/// Children come before their local root as a rule, and wait for it: at most 4096 of them, and 30 seconds as
/// long as other spans come; then they are printed without it. Spans that finish after their root are printed
/// when they come. A flush of the guard and dropping the reporter print what is left. Nothing is left out but the ends of values longer
/// than 80 characters, and the outer branches of trees deeper than 24.
///
/// Control characters are escaped. Colours are used only on a terminal, and not if `NO_COLOR` is set.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::reporter::ConsoleReporter;
///
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main")
///     .reporter(ConsoleReporter::stderr())
///     .build()?;
/// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("get_missing_events")));
/// # Ok(())
/// # }
/// ```
pub struct ConsoleReporter {
    writer: Box<dyn Write + Send>,
    style: Style,
    pub(super) pending: PendingSpans,
    lost: u64,
    /// Those of them that no report has had yet, because they waited for their root and counted as sent.
    lost_late: u64,
    /// Opens the same stream again; nothing can open a writer of the user.
    reopen: Option<fn() -> Self>,
}

impl ConsoleReporter {
    /// Prints to the standard error stream.
    pub fn stderr() -> Self {
        let mut reporter = Self::with_style(io::stderr(), Style::of(io::stderr().is_terminal()));
        reporter.reopen = Some(Self::stderr);
        reporter
    }

    /// Prints to the standard output stream.
    pub fn stdout() -> Self {
        let mut reporter = Self::with_style(io::stdout(), Style::of(io::stdout().is_terminal()));
        reporter.reopen = Some(Self::stdout);
        reporter
    }

    /// Prints to `writer`, without colours.
    ///
    /// The child process of a fork does not print: it may have closed a file of the writer and opened another one under
    /// its number. Its spans are [`Report::failed`].
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self::with_style(writer, Style::PLAIN)
    }

    pub(super) fn with_style(writer: impl Write + Send + 'static, style: Style) -> Self {
        Self {
            writer: Box::new(writer),
            style,
            pending: PendingSpans::default(),
            lost: 0,
            lost_late: 0,
            reopen: None,
        }
    }

    /// Also waits with local roots whose parent is in another process, so that traces are printed whole.
    ///
    /// For a reporter that gets the spans of several services, by calls of [`report`](Reporter::report) with
    /// the process of each. What belongs to another service than its parent then begins with its name.
    #[must_use]
    pub fn whole_traces(mut self) -> Self {
        self.pending.whole_traces = true;
        self
    }

    /// How many spans could not be printed because the stream failed.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn print(&mut self, trees: Vec<Tree>) {
        let mut lost = 0;
        for tree in trees {
            let text = render::render(&tree, self.style);
            let written = self.writer.write_all(text.as_bytes());
            if written.and_then(|()| self.writer.flush()).is_err() {
                lost += tree.entries.len() as u64;
            }
        }
        self.lost += lost;
        self.lost_late += lost;
    }
}

/// Refuses text for a writer that belongs to the parent process.
struct OfParent;

impl Write for OfParent {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the writer belongs to the parent process"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Reporter for ConsoleReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        let now = Instant::now();
        self.pending.add(process, spans, now);
        let ready = self.pending.take_ready(now);
        self.print(ready);
        let mut report = Report::sent(spans.len() as u64);
        report.count_late_losses(&mut self.lost_late);
        report
    }

    fn flush(&mut self) {
        let rest = self.pending.take_all();
        self.print(rest);
    }

    fn take_late_losses(&mut self) -> u64 {
        mem::take(&mut self.lost_late)
    }

    /// The parent prints its spans. A standard stream has the same number in every process.
    fn after_fork_in_child(&mut self) {
        drop(self.pending.take_all());
        self.lost_late = 0;
        if self.reopen.is_none() {
            mem::forget(mem::replace(&mut self.writer, Box::new(OfParent)));
        }
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        let mut reporter = self.reopen?();
        reporter.pending.whole_traces = self.pending.whole_traces;
        Some(Box::new(reporter))
    }
}

impl Drop for ConsoleReporter {
    fn drop(&mut self) {
        self.flush();
    }
}

impl fmt::Debug for ConsoleReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleReporter")
            .field("pending", &self.pending.len())
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}
