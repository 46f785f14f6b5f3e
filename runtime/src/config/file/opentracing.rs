//! The keys of the section `opentracing`.

use serde::de::{Deserialize, Deserializer, Error};

use crate::config::fedtrace::FedtraceConfig;
use crate::config::jaeger::JaegerConfig;
use crate::config::opentracing::OpentracingConfig;
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;

impl<'de> Deserialize<'de> for OpentracingConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value {
            path: "opentracing".to_owned(),
            node: Node::deserialize(deserializer)?,
        };
        Self::read(&value).map_err(D::Error::custom)
    }
}

impl OpentracingConfig {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let enabled = section.read("enabled", Value::boolean)?.unwrap_or(false);
        let keys = [
            "homeserver_whitelist",
            "force_tracing_for_users",
            "jaeger_config",
            "fedtrace",
        ];
        let values = keys.map(|key| section.take(key));
        section.finish()?;
        let mut config = Self {
            enabled,
            ..Self::default()
        };
        match config.read_values(values.each_ref().map(Option::as_ref)) {
            Err(error) if enabled => return Err(error),
            Err(error) => config.deferred_error = Some(error),
            Ok(()) => {}
        }
        Ok(config)
    }

    /// Keeps what comes before an error.
    fn read_values(
        &mut self,
        [whitelist, users, jaeger_config, fedtrace]: [Option<&Value>; 4],
    ) -> Result<(), ConfigError> {
        if let Some(value) = whitelist {
            self.homeserver_whitelist = value.texts()?;
        }
        if let Some(value) = users {
            self.force_tracing_for_users = user_ids(value)?;
        }
        if let Some(value) = fedtrace {
            self.fedtrace = FedtraceConfig::read(value)?;
        }
        if let Some(value) = jaeger_config {
            self.jaeger_config = JaegerConfig::read(value)?;
        }
        Ok(())
    }
}

/// Ids of users. Another text would never be met, and nobody would notice.
fn user_ids(value: &Value) -> Result<Vec<String>, ConfigError> {
    let users = value.texts()?;
    for (index, user) in users.iter().enumerate() {
        if !(user.starts_with('@') && user.contains(':')) {
            return Err(ConfigError::value(
                format!("{}[{index}]", value.path),
                format_args!("{user:?}"),
                "is not the id of a user; write one such as @alice:example.org",
            ));
        }
    }
    Ok(users)
}
