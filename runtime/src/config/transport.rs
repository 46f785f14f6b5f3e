//! The configuration of the agent and the collector.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

#[cfg(any(feature = "serde", feature = "http-client"))]
use super::value::node::Node;
#[cfg(any(feature = "serde", feature = "http-client"))]
use super::value::section::Value;
#[cfg(any(feature = "serde", feature = "http-client"))]
use crate::model::error::config::ConfigError;
use crate::util::text::REDACTED;
use crate::util::url::without_secrets;

/// `opentracing.fedtrace.agent_protocol`: how packets for the agent are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentProtocol {
    /// `compact`, for which agents listen on port 6831.
    #[default]
    Compact,
    /// `binary`, for which agents listen on port 6832. That is the default of the port then.
    Binary,
}

/// `opentracing.fedtrace.collector.protocol`: how spans are written for the collector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CollectorProtocol {
    /// `thrift`, for which Jaeger's collectors listen on port 14268.
    #[default]
    Thrift,
    /// `otlp`, OpenTelemetry's protocol, for which they and OpenTelemetry's collectors listen on port 4318.
    /// It needs the feature `otlp`.
    Otlp,
}

/// `opentracing.fedtrace.collector.compression`: how requests to the collector are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CollectorCompression {
    /// `none`
    Off,
    /// `gzip`, with the protocol `otlp` only.
    Gzip,
}

#[cfg(any(feature = "serde", feature = "http-client"))]
impl CollectorCompression {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        match &value.node {
            Node::Text(text) if text == "none" => Ok(Self::Off),
            Node::Text(text) if text == "gzip" => Ok(Self::Gzip),
            _ => Err(value.wrong("is not a compression; write gzip or none")),
        }
    }
}

/// `opentracing.fedtrace.collector`: a collector that gets the spans over HTTP instead of the agent.
///
/// Its `Debug` output contains no secrets.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectorConfig {
    /// How spans are written. With `otlp` there is a collector, also without an endpoint.
    pub protocol: CollectorProtocol,
    /// Its URL, such as `http://localhost:14268/api/traces`. If left out: `JAEGER_ENDPOINT`, unless the file says
    /// where the agent is. With the protocol `otlp`, if left out: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` with `/v1/traces` after it, or `http://localhost:4318/v1/traces`.
    pub endpoint: Option<String>,
    /// For basic authentication. If there are no credentials in the file: `JAEGER_USER`.
    pub user: Option<String>,
    /// For basic authentication. If there are no credentials in the file: `JAEGER_PASSWORD`.
    pub password: Option<String>,
    /// A bearer token, instead of a user. If there are no credentials in the file: `JAEGER_AUTH_TOKEN`.
    pub auth_token: Option<String>,
    /// Further headers of each request. If there are none, with the protocol `otlp`:
    /// `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, or `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How long a request may take. If left out: `JAEGER_REPORTER_TIMEOUT`, or 5 seconds; with the protocol
    /// `otlp`, before both, `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, or `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub timeout: Option<Duration>,
    /// A PEM file with the root certificates for an `https` endpoint, instead of those that browsers trust;
    /// with the feature `tls`. If left out, with the protocol `otlp`:
    /// `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE`, or `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    pub root_certificates: Option<PathBuf>,
    /// The maximum size of the body of a request, in bytes, before it is compressed. If left out: 1 MiB.
    pub max_batch_size: Option<usize>,
    /// How requests are compressed. If left out, with the protocol `otlp`:
    /// `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, or `OTEL_EXPORTER_OTLP_COMPRESSION`, or not at all.
    pub compression: Option<CollectorCompression>,
}

impl fmt::Debug for CollectorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| REDACTED);
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("CollectorConfig")
            .field("protocol", &self.protocol)
            .field("endpoint", &self.endpoint.as_deref().map(without_secrets))
            .field("user", &self.user)
            .field("password", &hidden(&self.password))
            .field("auth_token", &hidden(&self.auth_token))
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("root_certificates", &self.root_certificates)
            .field("max_batch_size", &self.max_batch_size)
            .field("compression", &self.compression)
            .finish()
    }
}
