//! Two headers with one name.

use super::rules::PropagationRules;
use crate::codec::b3;
use crate::model::error::config::ConfigError;

/// Names that other formats of `propagation` use, besides those of B3 in several headers.
const OF_OTHERS: [&str; 5] = ["b3", "traceparent", "tracestate", "baggage", "jaeger-baggage"];

/// The keys or methods that set the name of each header.
pub(crate) struct HeaderSettings {
    pub(crate) trace_context: &'static str,
    pub(crate) debug_id: &'static str,
    pub(crate) baggage_prefix: &'static str,
    pub(crate) trace_id: &'static str,
}

/// A header, and what set its name.
struct Header {
    setting: &'static str,
    name: String,
    is_default: bool,
}

impl HeaderSettings {
    /// Checks that no header has two purposes: one would overwrite the other, or be read as the other.
    pub(crate) fn check(&self, rules: &PropagationRules) -> Result<(), ConfigError> {
        let headers = self.headers(rules);
        let prefix = rules.names.baggage_prefix.as_ref();
        for header in &headers {
            header.check_other_formats()?;
            header.check_twins(&headers)?;
            self.check_is_no_baggage(header, prefix)?;
        }
        let mut of_others = OF_OTHERS.iter().chain([&b3::PREFIX]).chain(&b3::SEVERAL);
        match of_others.find(|name| name.starts_with(prefix)) {
            Some(name) => Err(self.prefix_error(prefix, name)),
            None => Ok(()),
        }
    }

    /// All headers with one name each, in lower case.
    fn headers(&self, rules: &PropagationRules) -> [Header; 3] {
        let default = PropagationRules::default();
        let header = |setting, name: &str, default: &str| Header {
            setting,
            name: name.to_ascii_lowercase(),
            is_default: name.eq_ignore_ascii_case(default),
        };
        let (names, default_names) = (&rules.names, &default.names);
        [
            header(
                self.trace_context,
                &names.trace_context,
                &default_names.trace_context,
            ),
            header(self.debug_id, &names.debug_id, &default_names.debug_id),
            header(self.trace_id, &rules.trace_id_header, &default.trace_id_header),
        ]
    }

    fn check_is_no_baggage(&self, header: &Header, prefix: &str) -> Result<(), ConfigError> {
        match (header.name.starts_with(prefix), header.is_default) {
            (false, _) => Ok(()),
            (true, true) => Err(self.prefix_error(prefix, &header.name)),
            (true, false) => {
                let setting = self.baggage_prefix;
                Err(header.error(format!("begins with {prefix:?}, the value of {setting}")))
            }
        }
    }

    fn prefix_error(&self, prefix: &str, name: &str) -> ConfigError {
        error(self.baggage_prefix, prefix, format!("is a prefix of {name}"))
    }
}

impl Header {
    fn check_other_formats(&self) -> Result<(), ConfigError> {
        match OF_OTHERS.contains(&self.name.as_str()) || self.name.starts_with(b3::PREFIX) {
            true => Err(self.error("is a header of another propagation format".to_owned())),
            false => Ok(()),
        }
    }

    fn check_twins(&self, headers: &[Self]) -> Result<(), ConfigError> {
        let mut others = headers.iter().filter(|other| other.setting != self.setting);
        match others.find(|other| other.name == self.name) {
            Some(twin) if !self.is_default => Err(self.error(format!("is the name of {} too", twin.setting))),
            _ => Ok(()),
        }
    }

    fn error(&self, problem: String) -> ConfigError {
        error(self.setting, &self.name, problem)
    }
}

fn error(setting: &str, name: &str, problem: String) -> ConfigError {
    ConfigError::value(
        setting,
        format_args!("{name:?}"),
        format!("{problem}; write another name"),
    )
}
