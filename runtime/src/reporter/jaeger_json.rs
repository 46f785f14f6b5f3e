//! The reporter that writes files for Jaeger's UI.

use std::path::PathBuf;

use super::encoding::jaeger_json::traces_as_json;
use crate::delivery::span_view::Spans;
use crate::model::process::Process;
use crate::reporter::report::{Report, Reporter};
use crate::reporter::trace_files::files::{Format, TraceFiles};

const FORMAT: Format = Format {
    extension: "json",
    write: traces_as_json,
};

/// Writes finished traces to files in the JSON of Jaeger's query API, which the search page of Jaeger's UI opens ("Upload").
///
/// Values are written as Jaeger writes them: integers beyond 2<sup>53</sup> and numbers that are not finite as text, bytes in
/// base64, times in microseconds.
///
/// A file is written when spans come, but at most a twentieth of the time: what comes too early is written at one of the next
/// flush intervals. A flush of the guard, its shutdown and dropping the reporter write what is left. It is replaced as a whole,
/// so that who reads it never sees half of one. If it cannot be written, the spans that are in no file yet count as
/// [`Report::failed`], of the same call or of a later one, or as lost in a flush, and there is a warning.
///
/// The child process of a fork writes to a file of its own, with its process id in the name: `traces.4711.json`.
///
/// ```no_run
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::reporter::JaegerJsonReporter;
///
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main")
///     .reporter(JaegerJsonReporter::folder("traces"))
///     .build()?;
/// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("get_missing_events")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct JaegerJsonReporter(TraceFiles);

impl JaegerJsonReporter {
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

impl Reporter for JaegerJsonReporter {
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
