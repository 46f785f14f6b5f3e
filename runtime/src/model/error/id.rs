//! Why a text is not an id.

use std::fmt;

/// A text that is not a [`TraceId`](crate::TraceId) or a [`SpanId`](crate::SpanId).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseIdError(Problem);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    Malformed { max_digits: usize },
    Zero,
}

impl ParseIdError {
    pub(crate) const ZERO: Self = Self(Problem::Zero);

    pub(crate) fn malformed(max_digits: usize) -> Self {
        Self(Problem::Malformed { max_digits })
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::Malformed { max_digits } => {
                write!(f, "an id is written in 1 to {max_digits} hexadecimal digits")
            }
            Problem::Zero => f.write_str("zero is not an id"),
        }
    }
}

impl std::error::Error for ParseIdError {}
