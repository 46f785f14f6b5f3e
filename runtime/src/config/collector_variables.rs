//! The variables of OpenTelemetry for what a configuration leaves out about the collector.

use super::section::Value;
use super::variables::{fill, value};
use super::{CollectorCompression, CollectorConfig, CollectorProtocol, ConfigError};

/// The one for traces, and the one for everything.
const COMPRESSION: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
];

impl CollectorConfig {
    /// This configuration, with what it leaves out from variables.
    pub(super) fn filled(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        let of_otlp = |names: [&str; 2]| match self.protocol {
            CollectorProtocol::Otlp => first(&variable, names),
            CollectorProtocol::Thrift => None,
        };
        fill(
            &mut config.compression,
            of_otlp(COMPRESSION),
            CollectorCompression::read,
        )?;
        Ok(config)
    }
}

fn first(variable: impl Fn(&str) -> Option<String>, names: [&str; 2]) -> Option<Value> {
    names.into_iter().find_map(|name| value(&variable, name))
}
