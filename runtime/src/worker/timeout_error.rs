//! The error of what took too long.

use std::fmt;

/// The error of an operation that exceeded its timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutError {
    open_spans: u64,
    is_reported: bool,
}

impl TimeoutError {
    /// That the reporter was not done.
    pub(crate) const UNREPORTED: Self = Self {
        open_spans: 0,
        is_reported: false,
    };

    /// What a shutdown left: open spans, and whether the finished ones were reported.
    pub(super) fn of_shutdown(open_spans: u64, is_reported: bool) -> Result<(), Self> {
        match (open_spans, is_reported) {
            (0, true) => Ok(()),
            _ => Err(Self {
                open_spans,
                is_reported,
            }),
        }
    }

    /// The recorded spans that a shutdown left open. Spans that are open below another one on a running thread are not
    /// known to it.
    pub fn open_spans(&self) -> u64 {
        self.open_spans
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_reported {
            f.write_str("the spans were not reported in time")?;
        }
        match (self.open_spans, self.is_reported) {
            (0, _) => Ok(()),
            (open, true) => write!(f, "spans were still open: {open}"),
            (open, false) => write!(f, ", and spans were still open: {open}"),
        }
    }
}

impl std::error::Error for TimeoutError {}
