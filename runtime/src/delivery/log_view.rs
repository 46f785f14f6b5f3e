//! The log records of a finished span, as a reporter reads them.

use std::fmt;
use std::slice;
use std::time::SystemTime;

use super::collection::{ShownLog, ShownLogs};
use super::tag_view::Tags;
use crate::model::finished_span::LogRecord;

/// An iterator over the log records of a span, in the order in which they were made.
#[derive(Debug, Clone)]
#[must_use = "iterators do nothing unless they are used"]
pub struct Logs<'a>(Source<'a>);

#[derive(Debug, Clone)]
enum Source<'a> {
    Finished(slice::Iter<'a, LogRecord>),
    Collected(ShownLogs<'a>),
}

impl<'a> Logs<'a> {
    pub(super) fn of_finished(logs: &'a [LogRecord]) -> Self {
        Self(Source::Finished(logs.iter()))
    }

    pub(super) fn of_collected(logs: ShownLogs<'a>) -> Self {
        Self(Source::Collected(logs))
    }
}

impl<'a> Iterator for Logs<'a> {
    type Item = LogView<'a>;

    fn next(&mut self) -> Option<LogView<'a>> {
        match &mut self.0 {
            Source::Finished(logs) => logs.next().map(LogView::from),
            Source::Collected(logs) => logs.next().map(|log| LogView(LogEntry::Collected(log))),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Source::Finished(logs) => logs.size_hint(),
            Source::Collected(logs) => logs.size_hint(),
        }
    }
}

impl ExactSizeIterator for Logs<'_> {}

/// A log record of a finished span.
///
/// ```
/// use fedtrace::reporter::{LogView, ValueView};
///
/// /// The field `event`, by convention the name of the record.
/// fn event(log: LogView<'_>) -> Option<&str> {
///     let mut fields = log.fields();
///     fields.find(|field| field.key == "event").and_then(|field| field.value.as_str())
/// }
/// # let _ = event;
/// ```
#[derive(Clone, Copy)]
pub struct LogView<'a>(LogEntry<'a>);

#[derive(Clone, Copy)]
enum LogEntry<'a> {
    Finished(&'a LogRecord),
    Collected(ShownLog<'a>),
}

impl<'a> LogView<'a> {
    /// When it happened. Jaeger keeps microseconds.
    pub fn time(self) -> SystemTime {
        match self.0 {
            LogEntry::Finished(log) => log.time,
            LogEntry::Collected(log) => log.time,
        }
    }

    /// The fields, in the order in which they were given; by convention one of them is `event`.
    pub fn fields(self) -> Tags<'a> {
        match self.0 {
            LogEntry::Finished(log) => log.fields.as_slice().into(),
            LogEntry::Collected(log) => Tags::fields(log),
        }
    }
}

impl<'a> From<&'a LogRecord> for LogView<'a> {
    fn from(log: &'a LogRecord) -> Self {
        Self(LogEntry::Finished(log))
    }
}

impl fmt::Debug for LogView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogView")
            .field("time", &self.time())
            .field("fields", &Listed(self.fields()))
            .finish()
    }
}

/// Shows what an iterator gives.
pub(super) struct Listed<I>(pub(super) I);

impl<I: Iterator<Item: fmt::Debug> + Clone> fmt::Debug for Listed<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.clone()).finish()
    }
}
