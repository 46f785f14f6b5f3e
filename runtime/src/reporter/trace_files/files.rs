//! What all reporters have in common that write files of traces.

use std::fmt;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::kept::{KeptTraces, Trace};
use super::place::{self, Place};
use crate::delivery::span_view::Spans;
use crate::model::process::Process;
use crate::reporter::encoding::jaeger_json::ProcessSpan;
use crate::reporter::loss_warning::LossWarning;
use crate::reporter::report::Report;

/// How many spans a file has at most, if nothing else is said.
pub(crate) const DEFAULT_MAX_SPANS: usize = 20_000;
/// After a file was written, it is left alone for so many times as long as that took.
const PAUSE: u32 = 20;

/// How traces are written.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) extension: &'static str,
    /// The text of a file, of its spans and of how many older ones found no room in it.
    pub(crate) write: fn(&[ProcessSpan<'_>], u64) -> String,
}

/// Keeps spans by trace, and writes them to files.
pub(crate) struct TraceFiles {
    format: Format,
    place: Place,
    kept: KeptTraces,
    /// Whether another process writes to the same place.
    is_child: bool,
    next: Option<Instant>,
    is_postponed: bool,
    warning: LossWarning,
    /// Spans that were lost after they were reported as sent, and that no report has had as failed yet.
    late_losses: u64,
    /// Spans that were in the file once and are not any more.
    left_out: u64,
}

impl TraceFiles {
    pub(crate) fn file(path: PathBuf, format: Format) -> Self {
        Self::new(Place::File(path), format, DEFAULT_MAX_SPANS)
    }

    pub(crate) fn folder(path: PathBuf, format: Format) -> Self {
        Self::new(Place::Folder(path), format, DEFAULT_MAX_SPANS)
    }

    fn new(place: Place, format: Format, max_spans: usize) -> Self {
        Self {
            format,
            place,
            kept: KeptTraces::new(max_spans),
            is_child: false,
            next: None,
            is_postponed: false,
            warning: LossWarning::default(),
            late_losses: 0,
            left_out: 0,
        }
    }

    pub(crate) fn set_max_spans(&mut self, spans: usize) {
        self.kept.max_spans = spans.max(1);
    }

    pub(crate) fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        let given = spans.len() as u64;
        let refused = self.kept.add(process, spans);
        self.warning
            .lost_here(refused, "a trace has more spans than a file of traces may have");
        self.late_losses += refused;
        while let Some(trace) = self.kept.take_excess() {
            self.let_go(trace);
        }
        self.is_postponed = true;
        self.write_postponed();
        let mut report = Report::sent(given);
        report.count_late_losses(&mut self.late_losses);
        report
    }

    /// Writes what is in no file yet, unless the last write was just now.
    pub(crate) fn write_postponed(&mut self) {
        if self.is_postponed && self.next.is_none_or(|next| Instant::now() >= next) {
            self.write();
        }
    }

    /// Writes what is in no file yet.
    pub(crate) fn write(&mut self) {
        self.is_postponed = false;
        let unwritten = self.kept.unwritten();
        if unwritten == 0 {
            return;
        }
        let start = Instant::now();
        let written = match &self.place {
            Place::File(path) => self.write_file(path.clone()),
            Place::Folder(_) => self.write_folder(),
        };
        if let Err(error) = written {
            self.lose(self.kept.unwritten(), &error);
            self.mark_as_written();
        }
        let took = start.elapsed().max(Duration::from_micros(1));
        self.next = Some(Instant::now() + took * PAUSE);
    }

    pub(crate) fn take_late_losses(&mut self) -> u64 {
        mem::take(&mut self.late_losses)
    }

    fn write_file(&mut self, path: PathBuf) -> io::Result<()> {
        if path.file_name().is_none() {
            let error = "the path does not name a file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        let path = match self.is_child {
            true => place::of_this_process(&path),
            false => path,
        };
        let text = (self.format.write)(&self.kept.spans(), self.left_out);
        place::replace(&path, &text)?;
        self.mark_as_written();
        Ok(())
    }

    fn write_folder(&mut self) -> io::Result<()> {
        let (format, folder) = (self.format, self.place.path().to_owned());
        let traces = self.kept.traces_mut().filter(|(_, trace)| trace.unwritten > 0);
        let mut all = Ok(());
        for (_, trace) in traces {
            // One file that cannot be written must not keep the others from being written.
            all = all.and(write_trace(format, &folder, trace));
        }
        all
    }

    /// A trace for which there is no room any more: its file stays, and of a common file it is no longer part.
    fn let_go(&mut self, mut trace: Trace) {
        let unwritten = trace.unwritten as u64;
        self.left_out += trace.len() as u64;
        if unwritten == 0 {
            return;
        }
        let written = match &self.place {
            Place::File(_) => Err(io::Error::other("too many spans came at once")),
            Place::Folder(folder) => write_trace(self.format, folder, &mut trace),
        };
        if let Err(error) = written {
            self.lose(unwritten, &error);
        }
    }

    fn mark_as_written(&mut self) {
        self.kept.traces_mut().for_each(|(_, trace)| trace.unwritten = 0);
    }

    fn lose(&mut self, spans: u64, error: &io::Error) {
        self.late_losses += spans;
        let reason = format!("cannot write {:?}: {error}", self.place.path());
        self.warning.lost_here(spans, &reason);
    }

    /// The parent writes the spans that it had at the fork, and goes on writing to its file.
    pub(crate) fn after_fork_in_child(&mut self) {
        self.kept.clear();
        self.late_losses = 0;
        self.left_out = 0;
        self.is_child = true;
    }

    pub(crate) fn for_child(&self) -> Self {
        let mut child = Self::new(self.place.clone(), self.format, self.kept.max_spans);
        child.is_child = true;
        child
    }
}

impl Drop for TraceFiles {
    fn drop(&mut self) {
        self.write();
    }
}

/// Writes one trace to a file of its own, which it gets first if it has none.
fn write_trace(format: Format, folder: &Path, trace: &mut Trace) -> io::Result<()> {
    let spans: Vec<_> = trace.spans().collect();
    let Some(trace_id) = spans.first().map(|(_, span)| span.trace_id) else {
        return Ok(());
    };
    let path = match &trace.path {
        Some(path) => path.clone(),
        None => place::claim(folder, trace_id, format.extension)?,
    };
    let text = (format.write)(&spans, 0);
    let written = place::replace(&path, &text);
    trace.path = Some(path);
    written?;
    trace.unwritten = 0;
    Ok(())
}

impl fmt::Debug for TraceFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceFiles")
            .field("place", &self.place)
            .field("unwritten", &self.kept.unwritten())
            .finish_non_exhaustive()
    }
}
