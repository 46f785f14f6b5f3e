//! The reporter to a collector.

#[cfg(not(feature = "otlp"))]
use super::reporter::PROTOCOL;
use std::path::Path;

use http::{HeaderName, HeaderValue};

use crate::config::environment::names;
use crate::config::transport::{CollectorCompression, CollectorConfig, CollectorProtocol};
use crate::model::error::config::ConfigError;
use crate::reporter::collector::error::HttpReporterError;
use crate::reporter::collector::http::HttpReporter;
use crate::reporter::report::Reporter;
use crate::util::url::without_secrets;

const COMPRESSION: &str = "opentracing.fedtrace.collector.compression";

const ONE_OF_THEM: &str = "is there beside a user and a password; leave one of them out";

/// A setting, and the key or variable that it comes from.
type Given<T> = (&'static str, T);

#[derive(Debug)]
enum Credentials {
    None,
    Basic(Given<String>, Given<String>),
    Bearer(Given<String>),
}

impl CollectorConfig {
    pub(crate) fn reporter(
        &self,
        key: &str,
        endpoint: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        let config = self.filled(&variable)?;
        let mut reporter = config.protocol.reporter(key, endpoint)?;
        if config.compression == Some(CollectorCompression::Gzip) {
            reporter = compressed(reporter)?;
        }
        if let Some((key, path)) = config.certificates(endpoint, &variable) {
            reporter = trusting(reporter, &path).map_err(|problem| {
                ConfigError::value(key, format_args!("{:?}", path.display().to_string()), problem)
            })?;
        }
        if let Some(timeout) = config.timeout {
            reporter = reporter.timeout(timeout);
        }
        if let Some(bytes) = config.max_batch_size {
            reporter = reporter.max_batch_size(bytes);
        }
        let credentials = config.credentials(variable)?;
        Ok(Box::new(match self.headers.is_empty() {
            // Headers of variables do not replace credentials.
            true => credentials.add_to(with_headers(reporter, &config.headers))?,
            false => with_headers(credentials.add_to(reporter)?, &config.headers),
        }))
    }

    /// The credentials of the file, or those of the environment if the file has none.
    fn credentials(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Credentials, ConfigError> {
        match (&self.user, &self.password, &self.auth_token) {
            (None, None, None) => credentials(
                (names::USER, variable(names::USER)),
                (names::PASSWORD, variable(names::PASSWORD)),
                // Files with a secret often end with a line break.
                (
                    names::AUTH_TOKEN,
                    variable(names::AUTH_TOKEN).map(|token| token.trim().to_owned()),
                ),
            ),
            (user, password, token) => credentials(
                ("opentracing.fedtrace.collector.user", user.clone()),
                ("opentracing.fedtrace.collector.password", password.clone()),
                ("opentracing.fedtrace.collector.auth_token", token.clone()),
            ),
        }
    }
}

impl CollectorProtocol {
    /// A reporter with nothing but its endpoint, which `key` gave.
    fn reporter(self, key: &str, endpoint: &str) -> Result<HttpReporter, ConfigError> {
        let reporter = match self {
            Self::Thrift => HttpReporter::new(endpoint),
            #[cfg(feature = "otlp")]
            Self::Otlp => HttpReporter::otlp(endpoint),
            #[cfg(not(feature = "otlp"))]
            Self::Otlp => {
                return Err(ConfigError::key(
                    PROTOCOL,
                    "is otlp, which needs the feature `otlp` of fedtrace; build with it, or leave this out",
                ));
            }
        };
        reporter.map_err(|error| {
            let problem = match (error, self) {
                (HttpReporterError::Endpoint, Self::Otlp) => {
                    "is not the URL of a collector; write one such as http://localhost:4318".to_owned()
                }
                (error, _) => error.to_string(),
            };
            // As the user wrote it.
            let written = match key {
                names::OTLP_ENDPOINT => endpoint.trim_end_matches("/v1/traces"),
                _ => endpoint,
            };
            ConfigError::value(key, format_args!("{:?}", without_secrets(written)), problem)
        })
    }
}

impl Credentials {
    fn add_to(self, reporter: HttpReporter) -> Result<HttpReporter, ConfigError> {
        let (key, reporter) = match self {
            Self::None => return Ok(reporter),
            Self::Basic((key, user), (_, password)) => (key, reporter.basic_auth(&user, &password)),
            Self::Bearer((key, token)) => (key, reporter.bearer_auth(&token)),
        };
        reporter.map_err(|error| ConfigError::key(key, error.to_string()))
    }
}

fn with_headers(reporter: HttpReporter, headers: &[(HeaderName, HeaderValue)]) -> HttpReporter {
    headers.iter().fold(reporter, |reporter, (name, value)| {
        reporter.header(name.clone(), value.clone())
    })
}

#[cfg(feature = "tls")]
fn trusting(reporter: HttpReporter, path: &Path) -> Result<HttpReporter, String> {
    let pem = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    reporter
        .root_certificates(&pem)
        .map_err(|error| error.to_string())
}

#[cfg(not(feature = "tls"))]
fn trusting(_reporter: HttpReporter, _path: &Path) -> Result<HttpReporter, String> {
    Err("needs the feature `tls` of fedtrace; build with it, or leave this out".to_owned())
}

#[cfg(feature = "otlp")]
fn compressed(reporter: HttpReporter) -> Result<HttpReporter, ConfigError> {
    reporter
        .gzip()
        .map_err(|error| ConfigError::value(COMPRESSION, "\"gzip\"", error.to_string()))
}

/// Without OTLP there is no protocol that supports compression.
#[cfg(not(feature = "otlp"))]
fn compressed(_reporter: HttpReporter) -> Result<HttpReporter, ConfigError> {
    let problem = HttpReporterError::Compression.to_string();
    Err(ConfigError::value(COMPRESSION, "\"gzip\"", problem))
}

fn credentials(
    (user_key, user): Given<Option<String>>,
    (password_key, password): Given<Option<String>>,
    (token_key, token): Given<Option<String>>,
) -> Result<Credentials, ConfigError> {
    match (user, password, token) {
        (None, None, None) => Ok(Credentials::None),
        (None, None, Some(token)) => Ok(Credentials::Bearer((token_key, token))),
        (Some(user), Some(password), None) => {
            Ok(Credentials::Basic((user_key, user), (password_key, password)))
        }
        (Some(_), None, None) => Err(ConfigError::key(password_key, "is missing beside a user")),
        (None, Some(_), None) => Err(ConfigError::key(user_key, "is missing beside a password")),
        (_, _, Some(_)) => Err(ConfigError::key(token_key, ONE_OF_THEM)),
    }
}
