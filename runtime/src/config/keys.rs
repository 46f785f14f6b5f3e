//! What each key of the section means.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use super::node::Node;
use super::section::{Section, Value};
use super::{
    COUNT, ConfigError, FedtraceConfig, JaegerConfig, LocalAgentConfig, OpentracingConfig, SamplerConfig,
};

const SECTION: &[&str] = &[
    "enabled",
    "homeserver_whitelist",
    "force_tracing_for_users",
    "jaeger_config",
    "fedtrace",
];

const JAEGER: &[&str] = &[
    "sampler",
    "logging",
    "local_agent",
    "tags",
    "service_name",
    "max_tag_value_length",
    "reporter_queue_size",
    "reporter_flush_interval",
    "reporter_batch_size",
    "enabled",
    "metrics",
    "max_operations",
    "sampling_refresh_interval",
];
const JAEGER_LATER: &[&str] = &[
    "trace_id_header",
    "baggage_header_prefix",
    "debug_id_header",
    "generate_128bit_trace_id",
    "max_traceback_length",
    "propagation",
    "throttler",
];

const AGENT: &[&str] = &["reporting_host", "reporting_port", "sampling_port", "enabled"];

/// The longest flush interval: a day.
const LONGEST_INTERVAL: f64 = 86_400.0;

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
    fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let enabled = match section.take("enabled") {
            Some(value) => value.boolean()?,
            None => false,
        };
        section.check_keys(SECTION, &[])?;
        let mut config = Self {
            enabled,
            ..Self::default()
        };
        match config.read_values(&mut section) {
            Err(error) if enabled => return Err(error),
            Err(error) => config.wrong = Some(error),
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

/// Ids of users. What is none would never be met, so nobody would notice.
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

impl JaegerConfig {
    fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(JAEGER, JAEGER_LATER)?;
        let mut config = Self {
            sampler: match section.take("sampler") {
                Some(value) => SamplerConfig::read(value)?,
                None => SamplerConfig::Remote(None),
            },
            ..Self::default()
        };
        if let Some(value) = section.take("logging") {
            config.logging = value.boolean()?;
        }
        if let Some(value) = section.take("local_agent") {
            config.local_agent = LocalAgentConfig::read(value)?;
        }
        if let Some(value) = section.take("tags") {
            config.tags = value.tags()?;
        }
        if let Some(value) = section.take("service_name") {
            config.service_name = Some(value.text()?);
        }
        if let Some(value) = section.take("max_tag_value_length") {
            config.max_tag_value_length = Some(value.integer(1, u32::MAX, COUNT)? as usize);
        }
        if let Some(value) = section.take("reporter_queue_size") {
            config.reporter_queue_size = Some(value.integer(1, u32::MAX, COUNT)? as usize);
        }
        if let Some(value) = section.take("max_operations") {
            config.max_operations = Some(value.integer(1, u32::MAX, COUNT)? as usize);
        }
        if let Some(value) = section.take("sampling_refresh_interval") {
            config.sampling_refresh_interval = Some(seconds(&value)?);
        }
        if let Some(value) = section.take("reporter_flush_interval") {
            config.reporter_flush_interval = Some(seconds(&value)?);
        }
        if let Some(value) = section.take("reporter_batch_size") {
            value.integer(1, u32::MAX, COUNT)?;
        }
        for key in ["enabled", "metrics"] {
            if let Some(value) = section.take(key) {
                value.boolean()?;
            }
        }
        Ok(config)
    }
}

impl LocalAgentConfig {
    fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(AGENT, &[])?;
        if let Some(value) = section.take("enabled") {
            value.boolean()?;
        }
        Ok(Self {
            reporting_host: section.take("reporting_host").map(Value::text).transpose()?,
            reporting_port: section.take("reporting_port").as_ref().map(port).transpose()?,
            sampling_port: section.take("sampling_port").as_ref().map(port).transpose()?,
        })
    }
}

fn port(value: &Value) -> Result<u16, ConfigError> {
    Ok(value.integer(1, u16::MAX.into(), super::PORT_RANGE)? as u16)
}

fn seconds(value: &Value) -> Result<Duration, ConfigError> {
    value
        .number()
        .filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_INTERVAL)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| value.wrong("is not an interval; write seconds, above 0 and at most 86400"))
}
