//! The error of setting up a tracer.

use std::fmt;

use super::config::ConfigError;
use super::whitelist::WhitelistError;

/// Why tracing could not be set up. Its text says what to write instead.
#[non_exhaustive]
pub enum InitError {
    /// A key of the configuration, or its value, cannot be used.
    Config(ConfigError),
    /// An entry of the homeserver whitelist cannot be used.
    Whitelist(WhitelistError),
    /// The worker thread could not be started.
    Worker(std::io::Error),
    /// There is a global tracer that is not shut down.
    AlreadySet,
}

/// The same text as `Display`, since this is what a `main` that returns the error prints.
impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Whitelist(error) => write!(f, "opentracing.{error}"),
            Self::Worker(_) => f.write_str("the worker thread of the tracer could not be started"),
            Self::AlreadySet => {
                f.write_str("there is a global tracer already; shut it down first, with its guard")
            }
        }
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Worker(error) => Some(error),
            Self::Config(_) | Self::Whitelist(_) | Self::AlreadySet => None,
        }
    }
}

impl From<ConfigError> for InitError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<WhitelistError> for InitError {
    fn from(error: WhitelistError) -> Self {
        Self::Whitelist(error)
    }
}
