//! What can go wrong at start.

use std::fmt;

use crate::tracer::Tracer;

/// Why tracing could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// The worker thread could not be started.
    Worker(std::io::Error),
    /// There is a global tracer already.
    AlreadySet(SetGlobalError),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker(_) => f.write_str("the worker thread of the tracer could not be started"),
            Self::AlreadySet(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Worker(error) => Some(error),
            Self::AlreadySet(_) => None,
        }
    }
}

impl From<SetGlobalError> for InitError {
    fn from(error: SetGlobalError) -> Self {
        Self::AlreadySet(error)
    }
}

/// There is a global tracer already; the one that was to be set is in here.
#[derive(Debug)]
pub struct SetGlobalError(pub Tracer);

impl fmt::Display for SetGlobalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the global tracer can be set once, and was set already")
    }
}

impl std::error::Error for SetGlobalError {}
