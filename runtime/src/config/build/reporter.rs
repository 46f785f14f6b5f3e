//! Building the reporter.

use crate::config::transport::{AgentProtocol, CollectorConfig, CollectorProtocol};
use std::time::Duration;

use crate::config::environment::variables::{interval, value};
use crate::config::jaeger::LocalAgentConfig;
use crate::config::opentracing::OpentracingConfig;
use crate::model::error::config::ConfigError;
use crate::reporter::agent::udp::UdpReporter;
use crate::reporter::report::Reporter;

const ENDPOINT: &str = "JAEGER_ENDPOINT";
const OTLP_TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
pub(crate) const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
pub(crate) const PROTOCOL: &str = "opentracing.fedtrace.collector.protocol";
const RECONNECTING_DISABLED: &str = "JAEGER_REPORTER_ATTEMPT_RECONNECTING_DISABLED";
const RECONNECT_INTERVAL: &str = "JAEGER_REPORTER_ATTEMPT_RECONNECT_INTERVAL";
const AGENT_PORT: &str = "JAEGER_AGENT_PORT";

/// The port on which agents listen for the binary protocol.
const BINARY_PORT: u16 = 6832;
/// The URL at which collectors listen for OTLP over HTTP.
const DEFAULT_OTLP_ENDPOINT: &str = "http://localhost:4318/v1/traces";

impl OpentracingConfig {
    /// The reporter to the collector if there is one, else to the agent.
    pub(crate) fn transport(
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

    /// The URL of the collector, and the key or variable that it comes from.
    pub(crate) fn collector_endpoint(
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

/// The endpoint by OpenTelemetry's variables, with HTTP's port as the default.
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

#[cfg(not(feature = "http-client"))]
impl CollectorConfig {
    fn reporter(
        &self,
        key: &str,
        _endpoint: &str,
        _variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        Err(ConfigError::key(
            key,
            "needs the feature `http-client` of fedtrace; build with it, or leave this out",
        ))
    }
}
