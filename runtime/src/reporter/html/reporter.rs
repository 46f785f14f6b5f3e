//! The reporter that writes HTML files.

use std::path::PathBuf;

use super::document;
use crate::delivery::span_view::Spans;
use crate::model::process::Process;
use crate::reporter::report::{Report, Reporter};
use crate::reporter::trace_files::files::{Format, TraceFiles};

const FORMAT: Format = Format {
    extension: "html",
    write: document::file,
};

/// Writes finished traces to HTML files that show them in any browser, without a server and without a network.
///
/// The page lists the traces, the slowest first. A trace is a waterfall with zoom, search, the critical path and all tags, log
/// records and references. A browser without scripts, such as w3m, shows trees as text.
///
/// A file is written when spans come, but at most a twentieth of the time: what comes too early is written at one of the next
/// flush intervals. A flush of the guard, its shutdown and dropping the reporter write what is left. It is replaced as a whole,
/// so that who reads it never sees half of one. If it cannot be written, the spans that are in no file yet count as
/// [`Report::failed`], of the same call or of a later one, or as lost in a flush, and there is a warning.
///
/// The child process of a fork writes to a file of its own, with its process id in the name: `trace.4711.html`.
///
/// ```no_run
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::reporter::HtmlReporter;
///
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main")
///     .reporter(HtmlReporter::file("trace.html"))
///     .build()?;
/// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("get_missing_events")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HtmlReporter(TraceFiles);

impl HtmlReporter {
    /// All traces go to one file. A folder that does not exist is made. If the path names no file, for example because it is empty, a
    /// warning says so, and all spans are lost.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(TraceFiles::file(path.into(), FORMAT))
    }

    /// Each trace goes to a file of its own in this folder, named by its trace id. Files that exist already stay as they are:
    /// spans of the same trace that another process wrote, or that come after the trace was dropped from memory, get a
    /// number in the name of their file.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self(TraceFiles::folder(path.into(), FORMAT))
    }

    /// The most spans that are kept, and so the most spans of the one file; at least one. The default is 20,000, and they never take
    /// more than about 64 MiB. The oldest traces make room: in the one file they are not shown any more, files of their own stay. What a single trace has beyond is
    /// [`Report::failed`].
    #[must_use]
    pub fn max_spans(mut self, spans: usize) -> Self {
        self.0.set_max_spans(spans);
        self
    }
}

impl Reporter for HtmlReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        self.0.report(process, spans)
    }

    fn flush(&mut self) {
        self.0.write();
    }

    fn at_interval(&mut self) {
        self.0.write_postponed();
    }

    fn take_late_losses(&mut self) -> u64 {
        self.0.take_late_losses()
    }

    fn after_fork_in_child(&mut self) {
        self.0.after_fork_in_child();
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        Some(Box::new(Self(self.0.for_child())))
    }
}
