//! The error of a key or a value that cannot be used.

use std::fmt;

use crate::util::escape::EscapedText;

/// A key or a value of the configuration that cannot be used.
///
/// Its text has the key with its path, the value if the value is wrong, and what to write instead.
#[derive(Clone, PartialEq, Eq)]
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

/// The same text as `Display`, since this is what a `main` that returns the error prints.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key may be anything that a file holds; values are quoted already.
        let key = EscapedText(&self.key);
        match &self.value {
            Some(value) => write!(f, "{key}: {value} {}", self.problem),
            None => write!(f, "{key}: {}", self.problem),
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::ConfigError;

    #[test]
    fn a_main_that_returns_the_error_prints_its_text() {
        let error = ConfigError::value("JAEGER_SAMPLER_PARAM", "\"2\"", "is not a probability");
        assert_eq!(
            format!("{error:?}"),
            "JAEGER_SAMPLER_PARAM: \"2\" is not a probability"
        );
    }

    #[test]
    fn a_key_with_control_characters_is_shown_escaped() {
        let error = ConfigError::key("evil\nkey\u{1b}[31m", "is unknown").to_string();
        assert_eq!(error, "evil\\nkey\\u{1b}[31m: is unknown");
    }
}
