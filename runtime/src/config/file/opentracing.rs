//! The keys of the section `opentracing`.

use serde::de::{Deserialize, Deserializer, Error};

use crate::config::fedtrace::FedtraceConfig;
use crate::config::jaeger::JaegerConfig;
use crate::config::opentracing::OpentracingConfig;
use crate::config::value::node::Node;
use crate::config::value::section::{Section, Value};
use crate::model::error::config::ConfigError;

const SECTION: &[&str] = &[
    "enabled",
    "homeserver_whitelist",
    "force_tracing_for_users",
    "jaeger_config",
    "fedtrace",
];

impl<'de> Deserialize<'de> for OpentracingConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value {
            path: "opentracing".to_owned(),
            node: Node::deserialize(deserializer)?,
        };
        Self::read(value).map_err(D::Error::custom)
    }
}

impl OpentracingConfig {
    pub(crate) fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let enabled = match section.take("enabled") {
            Some(value) => value.boolean()?,
            None => false,
        };
        section.check_keys(SECTION)?;
        let mut config = Self {
            enabled,
            ..Self::default()
        };
        match config.read_values(&mut section) {
            Err(error) if enabled => return Err(error),
            Err(error) => config.deferred_error = Some(error),
            Ok(()) => {}
        }
        Ok(config)
    }

    fn read_values(&mut self, section: &mut Section) -> Result<(), ConfigError> {
        if let Some(value) = section.take("homeserver_whitelist") {
            self.homeserver_whitelist = value.texts()?;
        }
        if let Some(value) = section.take("force_tracing_for_users") {
            self.force_tracing_for_users = users(value)?;
        }
        if let Some(value) = section.take("fedtrace") {
            self.fedtrace = FedtraceConfig::read(value)?;
        }
        if let Some(value) = section.take("jaeger_config") {
            self.jaeger_config = JaegerConfig::read(value)?;
        }
        Ok(())
    }
}

/// Reads user ids. An invalid one is an error, because it would silently never match.
fn users(value: Value) -> Result<Vec<String>, ConfigError> {
    let path = value.path.clone();
    let users = value.texts()?;
    for (index, user) in users.iter().enumerate() {
        if !(user.starts_with('@') && user.contains(':')) {
            return Err(ConfigError::value(
                format!("{path}[{index}]"),
                format_args!("{user:?}"),
                "is not the id of a user; write one such as @alice:example.org",
            ));
        }
    }
    Ok(users)
}
