//! A reporter that prints traces as trees on a terminal.

pub(crate) mod format;
pub(crate) mod pending;
pub(crate) mod render;
pub(crate) mod style;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use pending::{Pending, Tree};
use style::Style;

use super::report::{Report, Reporter};
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;

/// Prints finished spans as trees: each local root with its descendants.
///
/// A line has the duration, its share of the parent's duration (over 100% if the span outlived its parent),
/// the name and the tags. Spans with the tag `error` are marked with `✗`. Log records are below their span,
/// with the time since its start:
///
/// ```text
/// ── example.org main ── 14:03:07.250 UTC · trace 00000000000a11ce · 6 spans
///  12.4 ms        get_missing_events       ARG.room_id=!a:example.org ARG.limit=10
///  8.10 ms   65%  ├─ load_events           ARG.count=7
///  7.90 ms   98%  │  ├─ query
///  30.0 µs   <1%  │  ╰─ decode
///  1.02 ms    8%  ├─ ✗ federation-request  destination=b.example
/// +1.00 ms        │     · error error.kind=io::Error message="connection refused"
///  24.8 ms  200%  ╰─ retry_later           follows_from=federation-request
/// ```
///
/// Children usually finish before their local root and wait for it: at most 4096 of them, for at most 30
/// seconds while other spans arrive. After that they are printed without it. Spans that finish after their
/// root are printed when they arrive. Dropping the reporter prints the spans that still wait. Values longer
/// than 80 characters are cut, and of trees deeper than 24 the outer branches are not drawn; everything else
/// is printed.
///
/// Control characters are escaped. Colours are used only on a terminal, and only if `NO_COLOR` is not set.
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
    pending: Pending,
    lost: u64,
}

impl ConsoleReporter {
    /// Prints to the standard error stream.
    pub fn stderr() -> Self {
        Self::with_style(io::stderr(), Style::of(io::stderr().is_terminal()))
    }

    /// Prints to the standard output stream.
    pub fn stdout() -> Self {
        Self::with_style(io::stdout(), Style::of(io::stdout().is_terminal()))
    }

    /// Prints to `writer`, without colours.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self::with_style(writer, Style::PLAIN)
    }

    fn with_style(writer: impl Write + Send + 'static, style: Style) -> Self {
        Self {
            writer: Box::new(writer),
            style,
            pending: Pending::default(),
            lost: 0,
        }
    }

    /// Also delays local roots whose parent is in another process, so that whole traces are printed.
    ///
    /// Use it for a reporter that gets the spans of several services, by calls of
    /// [`report`](Reporter::report) with the process of each. The line of a span whose parent belongs to
    /// another service then begins with the name of its service.
    #[must_use]
    pub fn whole_traces(mut self) -> Self {
        self.pending.whole_traces = true;
        self
    }

    /// The number of spans that could not be printed because the stream failed.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Prints trees. Returns the number of spans lost.
    fn print(&mut self, trees: Vec<Tree>) -> u64 {
        let mut lost = 0;
        for tree in trees {
            let text = render::render(&tree, self.style);
            let written = self.writer.write_all(text.as_bytes());
            if written.and_then(|()| self.writer.flush()).is_err() {
                lost += tree.entries.len() as u64;
            }
        }
        self.lost += lost;
        lost
    }
}

impl Reporter for ConsoleReporter {
    fn report(&mut self, process: &Process, spans: &[FinishedSpan]) -> Report {
        let now = Instant::now();
        self.pending.add(process, spans, now);
        let ready = self.pending.take_ready(now);
        let failed = self.print(ready).min(spans.len() as u64);
        Report {
            sent: spans.len() as u64 - failed,
            failed,
            ..Report::default()
        }
    }
}

impl Drop for ConsoleReporter {
    fn drop(&mut self) {
        let rest = self.pending.take_all();
        self.print(rest);
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

#[cfg(test)]
mod tests;
