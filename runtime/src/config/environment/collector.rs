//! The variables of OpenTelemetry and Jaeger that fill in missing settings of the collector.

use std::path::PathBuf;

use super::interval::interval;
use super::names;
use super::variables::{fill, value};
use crate::config::transport::{CollectorCompression, CollectorConfig, CollectorProtocol};
use crate::config::value::header_list;
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;

const CERTIFICATES_KEY: &str = "opentracing.fedtrace.collector.root_certificates";
impl CollectorConfig {
    /// This configuration, with missing settings filled in from variables.
    pub(crate) fn filled(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        let of_otlp = |names| self.of_otlp(&variable, names);
        if let (true, Some(value)) = (config.headers.is_empty(), of_otlp(names::OTLP_HEADERS)) {
            if let Node::Text(text) = &value.node {
                config.headers = header_list::list::read(&value.path, text)?;
            }
        }
        let timeout = of_otlp(names::OTLP_TIMEOUT).or_else(|| value(&variable, names::REPORTER_TIMEOUT));
        fill(&mut config.timeout, timeout, interval)?;
        fill(
            &mut config.compression,
            of_otlp(names::OTLP_COMPRESSION),
            CollectorCompression::read,
        )?;
        Ok(config)
    }

    /// The file with the root certificates for the collector, and the key or variable that it comes from. A
    /// variable may be meant for other programs, so it is read only if it is needed.
    pub(crate) fn certificates(
        &self,
        endpoint: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<(String, PathBuf)> {
        if let Some(path) = &self.root_certificates {
            return Some((CERTIFICATES_KEY.to_owned(), path.clone()));
        }
        let is_https = endpoint.trim().starts_with("https:");
        let value = is_https.then(|| self.of_otlp(variable, names::OTLP_CERTIFICATE))??;
        match value.node {
            Node::Text(path) => Some((value.path, path.into())),
            _ => None,
        }
    }

    fn of_otlp(&self, variable: impl Fn(&str) -> Option<String>, names: [&str; 2]) -> Option<Value> {
        match self.protocol {
            CollectorProtocol::Otlp => names.into_iter().find_map(|name| value(&variable, name)),
            CollectorProtocol::Thrift => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::names::{
        OTLP_CERTIFICATE as CERTIFICATE, OTLP_COMPRESSION as COMPRESSION, OTLP_HEADERS as HEADERS,
        OTLP_TIMEOUT as TIMEOUT, REPORTER_TIMEOUT as JAEGER_TIMEOUT,
    };
    use super::*;

    fn filled(config: &CollectorConfig, variables: &[(&str, &str)]) -> Result<CollectorConfig, ConfigError> {
        config.filled(|wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn the_most_special_timeout_is_taken_and_the_file_wins() {
        let [traces, all] = TIMEOUT;
        let variables = [(traces, "100"), (all, "200"), (JAEGER_TIMEOUT, "300ms")];
        let mut config = CollectorConfig::default();
        let of = |config: &CollectorConfig, variables: &[_]| {
            let timeout = filled(config, variables).unwrap().timeout;
            timeout.map(|timeout| timeout.as_millis())
        };
        assert_eq!(of(&config, &variables), Some(300));
        assert_eq!(of(&config, &variables[..2]), None);
        config.protocol = CollectorProtocol::Otlp;
        assert_eq!(of(&config, &variables), Some(100));
        assert_eq!(of(&config, &variables[1..]), Some(200));
        assert_eq!(of(&config, &variables[2..]), Some(300));
        assert_eq!(of(&config, &[]), None);
        config.timeout = Some(Duration::from_millis(400));
        assert_eq!(of(&config, &variables), Some(400));
    }

    #[test]
    fn the_certificates_are_those_of_the_file_and_of_variables_only_for_an_https_endpoint_by_otlp() {
        let [traces, all] = CERTIFICATE;
        let variable = |name: &str| {
            let path = if name == traces { "traces.pem" } else { "all.pem" };
            [traces, all].contains(&name).then(|| path.to_owned())
        };
        let of = |config: &CollectorConfig, endpoint: &str| config.certificates(endpoint, variable);
        let mut config = CollectorConfig::default();
        assert_eq!(of(&config, "https://c/"), None);
        config.protocol = CollectorProtocol::Otlp;
        let expected = (traces.to_owned(), "traces.pem".into());
        assert_eq!(of(&config, "https://c/"), Some(expected));
        assert_eq!(of(&config, "http://c/"), None);
        let expected = (all.to_owned(), "all.pem".into());
        let only_all = |name: &str| variable(name).filter(|_| name == all);
        assert_eq!(config.certificates("https://c/", only_all), Some(expected));
        config.root_certificates = Some("file.pem".into());
        let expected = (CERTIFICATES_KEY.to_owned(), "file.pem".into());
        assert_eq!(of(&config, "http://c/"), Some(expected));
    }

    #[test]
    fn a_wrong_value_is_an_error_that_names_the_variable_and_with_thrift_nobody_looks() {
        let otlp = CollectorConfig {
            protocol: CollectorProtocol::Otlp,
            ..CollectorConfig::default()
        };
        for (name, text, problem) in [
            (TIMEOUT[0], "0", "\"0\" is not an interval"),
            (TIMEOUT[1], "soon", "\"soon\" is not an interval"),
            (COMPRESSION[0], "zstd", "\"zstd\" is not a compression"),
            (COMPRESSION[1], "zstd", "\"zstd\" is not a compression"),
            (HEADERS[0], "a", "has an entry without ="),
            (HEADERS[1], "a b=1", "\"a b\" is not the name of a header"),
        ] {
            let error = filled(&otlp, &[(name, text)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}: {problem}")), "{error}");
            let thrift = CollectorConfig::default();
            assert_eq!(filled(&thrift, &[(name, text)]).unwrap(), thrift);
        }
    }
}
