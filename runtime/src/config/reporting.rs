//! Where finished spans are sent.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::variables::{interval, value};
use super::{LocalAgentConfig, OpentracingConfig};
use crate::model::error::config::ConfigError;
use crate::reporter::Reporter;
use crate::reporter::agent::udp::UdpReporter;
use crate::util::url::without_secrets;

const ENDPOINT: &str = "JAEGER_ENDPOINT";
const OTLP_TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
pub(super) const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
pub(super) const PROTOCOL: &str = "opentracing.fedtrace.collector.protocol";
const RECONNECTING_DISABLED: &str = "JAEGER_REPORTER_ATTEMPT_RECONNECTING_DISABLED";
const RECONNECT_INTERVAL: &str = "JAEGER_REPORTER_ATTEMPT_RECONNECT_INTERVAL";
const AGENT_PORT: &str = "JAEGER_AGENT_PORT";

/// Where agents listen for the binary protocol.
const BINARY_PORT: u16 = 6832;
/// Where collectors listen for OTLP over HTTP.
const DEFAULT_OTLP_ENDPOINT: &str = "http://localhost:4318/v1/traces";

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
    /// `otlp`, OpenTelemetry's protocol, for which they and OpenTelemetry's collectors listen on port 4318. It needs
    /// the feature `otlp`.
    Otlp,
}

/// `opentracing.fedtrace.collector.compression`: how requests to the collector are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CollectorCompression {
    /// `none`
    None,
    /// `gzip`, with the protocol `otlp` only.
    Gzip,
}

#[cfg(any(feature = "serde", feature = "http"))]
impl CollectorCompression {
    pub(super) fn read(value: &super::section::Value) -> Result<Self, ConfigError> {
        match &value.node {
            super::node::Node::Text(text) if text == "none" => Ok(Self::None),
            super::node::Node::Text(text) if text == "gzip" => Ok(Self::Gzip),
            _ => Err(value.wrong("is not a compression; write gzip or none")),
        }
    }
}

/// `opentracing.fedtrace.collector`: a collector that gets the spans by HTTP in the place of the agent.
///
/// What it shows of itself (`Debug`) has no secrets in it.
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
    /// How long a request may take. If left out: `JAEGER_REPORTER_TIMEOUT`, or 5 seconds; with the protocol `otlp`, before
    /// both, `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, or `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub timeout: Option<Duration>,
    /// A file in PEM with the certificates that vouch for an `https` endpoint, in the place of those that browsers
    /// trust; with the feature `tls`. If left out, with the protocol `otlp`: `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE`, or
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    pub root_certificates: Option<PathBuf>,
    /// How requests are compressed. If left out, with the protocol `otlp`: `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, or
    /// `OTEL_EXPORTER_OTLP_COMPRESSION`, or not at all.
    pub compression: Option<CollectorCompression>,
}

impl fmt::Debug for CollectorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "<redacted>");
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
            .field("compression", &self.compression)
            .finish()
    }
}

impl OpentracingConfig {
    /// The reporter to the collector if there is one, else to the agent.
    pub(super) fn transport(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        match self.collector_endpoint(variable) {
            Some((key, endpoint)) => self.fedtrace.collector.reporter(key, &endpoint, variable),
            None if self.fedtrace.collector != CollectorConfig::default() => Err(ConfigError::key(
                "opentracing.fedtrace.collector.endpoint",
                "is missing beside other settings of a collector",
            )),
            None => self.agent_reporter(variable),
        }
    }

    /// The URL of the collector, and the key or variable that it is from.
    pub(super) fn collector_endpoint(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<(&'static str, String)> {
        if let Some(endpoint) = &self.fedtrace.collector.endpoint {
            return Some(("opentracing.fedtrace.collector.endpoint", endpoint.clone()));
        }
        if self.fedtrace.collector.protocol == CollectorProtocol::Otlp {
            return Some(otlp_endpoint(variable));
        }
        let agent = &self.jaeger_config.local_agent;
        match (&agent.reporting_host, agent.reporting_port) {
            (None, None) => Some((ENDPOINT, variable(ENDPOINT)?)),
            _ => None,
        }
    }

    fn agent_reporter(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        let mut agent: LocalAgentConfig = self.jaeger_config.local_agent.clone();
        let binary = self.fedtrace.agent_protocol == AgentProtocol::Binary;
        if binary && variable(AGENT_PORT).is_none() {
            agent.reporting_port = agent.reporting_port.or(Some(BINARY_PORT));
        }
        let (host, port) = agent.address(&variable)?;
        let mut reporter = match binary {
            true => UdpReporter::binary(host, port),
            false => UdpReporter::new(host, port),
        };
        let resolve = value(&variable, RECONNECT_INTERVAL)
            .map(|value| interval(&value))
            .transpose()?;
        let is_fixed = value(&variable, RECONNECTING_DISABLED)
            .map(|value| value.boolean())
            .transpose()?;
        if let Some(interval) = is_fixed.unwrap_or(false).then_some(Duration::MAX).or(resolve) {
            reporter = reporter.resolve_interval(interval);
        }
        if let Some(bytes) = self.fedtrace.max_packet_size {
            reporter = reporter.max_packet_size(bytes);
        }
        Ok(Box::new(reporter))
    }
}

/// As OpenTelemetry has it, but for the port of HTTP.
fn otlp_endpoint(variable: impl Fn(&str) -> Option<String>) -> (&'static str, String) {
    if let Some(endpoint) = variable(OTLP_TRACES_ENDPOINT) {
        return (OTLP_TRACES_ENDPOINT, endpoint);
    }
    match variable(OTLP_ENDPOINT) {
        Some(base) => (
            OTLP_ENDPOINT,
            format!("{}/v1/traces", base.trim().trim_end_matches('/')),
        ),
        None => (PROTOCOL, DEFAULT_OTLP_ENDPOINT.to_owned()),
    }
}

#[cfg(not(feature = "http"))]
impl CollectorConfig {
    fn reporter(
        &self,
        key: &str,
        _endpoint: &str,
        _variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        Err(ConfigError::key(
            key,
            "needs the feature `http` of fedtrace; build with it, or leave this out",
        ))
    }
}
