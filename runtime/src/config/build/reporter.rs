//! Building the reporter.

use std::time::Duration;

use crate::config::environment::interval::interval;
use crate::config::environment::names;
use crate::config::environment::variables::{env_variable, value};
#[cfg(not(feature = "html"))]
use crate::config::fedtrace::FedtraceConfig;
use crate::config::opentracing::OpentracingConfig;
use crate::config::transport::{AgentProtocol, CollectorConfig, CollectorProtocol};
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
use crate::reporter::agent::udp::UdpReporter;
use crate::reporter::composite::CompositeReporter;
use crate::reporter::console::reporter::ConsoleReporter;
use crate::reporter::logging::LoggingReporter;
use crate::reporter::report::Reporter;

pub(crate) const PROTOCOL: &str = "opentracing.fedtrace.collector.protocol";

/// The port on which agents listen for the compact protocol.
const COMPACT_PORT: u16 = 6831;
/// The port on which agents listen for the binary protocol.
const BINARY_PORT: u16 = 6832;
/// The URL at which collectors listen for OTLP over HTTP.
const DEFAULT_OTLP_ENDPOINT: &str = "http://localhost:4318/v1/traces";

impl OpentracingConfig {
    /// The reporter that this configuration asks for: the collector if it names one, else the agent. The log is added
    /// if `logging` is set, standard error if `console` is, and files if `html` or `jaeger_json` names some.
    ///
    /// For a tracer with further reporters, together with [`CompositeReporter`].
    ///
    /// # Errors
    ///
    /// Names the key or the environment variable whose value cannot be used.
    pub fn reporter(&self) -> Result<Box<dyn Reporter>, InitError> {
        Ok(self.filled(env_variable)?.filled_reporter(env_variable)?)
    }

    /// The same for a configuration that variables have filled already.
    pub(crate) fn filled_reporter(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        let transport = self.transport(variable)?;
        let is_logged = self.jaeger_config.logging.unwrap_or(false);
        let files = self.fedtrace.files()?;
        if !is_logged && !self.fedtrace.console && files.is_empty() {
            return Ok(transport);
        }
        let mut all = CompositeReporter::new().with(transport);
        if is_logged {
            all = all.with(LoggingReporter::new());
        }
        if self.fedtrace.console {
            all = all.with(ConsoleReporter::stderr());
        }
        Ok(Box::new(files.into_iter().fold(all, CompositeReporter::with)))
    }

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
            (None, None) => Some((names::ENDPOINT, variable(names::ENDPOINT)?)),
            _ => None,
        }
    }

    fn agent_reporter(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Reporter>, ConfigError> {
        let binary = self.fedtrace.agent_protocol == AgentProtocol::Binary;
        let default_port = if binary { BINARY_PORT } else { COMPACT_PORT };
        let (host, port) = self.jaeger_config.local_agent.address(default_port, &variable)?;
        let mut reporter = match binary {
            true => UdpReporter::binary(host, port),
            false => UdpReporter::new(host, port),
        };
        let resolve = value(&variable, names::RECONNECT_INTERVAL)
            .map(|value| interval(&value))
            .transpose()?;
        let is_fixed = value(&variable, names::RECONNECTING_DISABLED)
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
    if let Some(endpoint) = variable(names::OTLP_TRACES_ENDPOINT) {
        return (names::OTLP_TRACES_ENDPOINT, endpoint);
    }
    match variable(names::OTLP_ENDPOINT) {
        Some(base) => (
            names::OTLP_ENDPOINT,
            format!("{}/v1/traces", base.trim().trim_end_matches('/')),
        ),
        None => (PROTOCOL, DEFAULT_OTLP_ENDPOINT.to_owned()),
    }
}

#[cfg(not(feature = "html"))]
impl FedtraceConfig {
    fn files(&self) -> Result<Vec<Box<dyn Reporter>>, ConfigError> {
        let keys = [("html", &self.html), ("jaeger_json", &self.jaeger_json)];
        match keys.into_iter().find(|(_, path)| path.is_some()) {
            Some((key, _)) => Err(ConfigError::key(
                format!("opentracing.fedtrace.{key}"),
                "needs the feature `html` of fedtrace; build with it, or leave this out",
            )),
            None => Ok(Vec::new()),
        }
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
