//! The error of what took too long.

use std::fmt;

use crate::tracer::core::Tracer;

/// The error of an operation that exceeded its timeout.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimeoutError {
    open_spans: u64,
    /// The finished spans that wait, if the reporter was not done.
    unreported: Option<u64>,
}

impl TimeoutError {
    /// That the reporter of this tracer was not done.
    pub(super) fn unreported(tracer: &Tracer) -> Self {
        Self {
            open_spans: 0,
            unreported: Some(tracer.inner().counted().queued_spans),
        }
    }

    /// What a shutdown left: open spans, and whether the finished ones were reported.
    pub(super) fn of_shutdown(tracer: &Tracer, open_spans: u64, is_reported: bool) -> Result<(), Self> {
        match (open_spans, is_reported) {
            (0, true) => Ok(()),
            (open_spans, true) => Err(Self {
                open_spans,
                unreported: None,
            }),
            (open_spans, false) => Err(Self {
                open_spans,
                ..Self::unreported(tracer)
            }),
        }
    }

    /// The recorded spans that a shutdown left open. Spans that are open below another one on a running thread are not
    /// known to it.
    pub fn open_spans(&self) -> u64 {
        self.open_spans
    }
}

/// The same text as `Display`, since this is what a `main` that returns the error prints.
impl fmt::Debug for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unreported {
            None => {}
            Some(0) => f.write_str("the reporter was not done in time")?,
            Some(spans) => write!(f, "spans were not reported in time: {spans}")?,
        }
        match (self.open_spans, self.unreported) {
            (0, _) => Ok(()),
            (open, None) => write!(f, "spans were still open: {open}"),
            (open, Some(_)) => write!(f, ", and spans were still open: {open}"),
        }
    }
}

impl std::error::Error for TimeoutError {}
