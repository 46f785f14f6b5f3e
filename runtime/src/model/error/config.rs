//! The error of a key or a value that cannot be used.

use std::fmt;

/// A key or a value of the configuration that cannot be used.
///
/// Its text has the key with its path, the value if the value is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    key: String,
    value: Option<String>,
    problem: String,
}

impl ConfigError {
    pub(crate) fn value(
        key: impl Into<String>,
        value: impl fmt::Display,
        problem: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            value: Some(value.to_string()),
            problem: problem.into(),
        }
    }

    pub(crate) fn key(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: None,
            problem: problem.into(),
        }
    }

    /// The key with its path, such as `opentracing.jaeger_config.sampler.type`, or the name of an environment
    /// variable.
    pub fn path(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}: {value} {}", self.key, self.problem),
            None => write!(f, "{}: {}", self.key, self.problem),
        }
    }
}

impl std::error::Error for ConfigError {}
