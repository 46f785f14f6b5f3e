//! The keys of the section `jaeger_config`.

use crate::config::value::section::PORT_RANGE;
use std::time::Duration;

use crate::codec::propagation::Propagation;
use crate::config::jaeger::{JaegerConfig, LocalAgentConfig};
use crate::config::sampler::SamplerConfig;
use crate::config::throttler::ThrottlerConfig;
use crate::config::value::node::Node;
use crate::config::value::section::COUNT;
use crate::config::value::section::{Section, Value};
use crate::model::error::config::ConfigError;

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
    "trace_id_header",
    "baggage_header_prefix",
    "debug_id_header",
    "generate_128bit_trace_id",
    "max_traceback_length",
    "propagation",
    "throttler",
];

const AGENT: &[&str] = &["reporting_host", "reporting_port", "sampling_port", "enabled"];

const THROTTLER: &[&str] = &["port", "refresh_interval"];

/// The longest interval: a day.
const LONGEST_INTERVAL: f64 = 86_400.0;

impl JaegerConfig {
    pub(crate) fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(JAEGER)?;
        let mut config = Self {
            sampler: section.take("sampler").map(SamplerConfig::read).transpose()?,
            default_sampler: SamplerConfig::Remote(None),
            ..Self::default()
        };
        if let Some(value) = section.take("logging") {
            config.logging = Some(value.boolean()?);
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
        if let Some(value) = section.take("max_traceback_length") {
            config.max_traceback_length = Some(value.integer(1, u32::MAX, COUNT)? as usize);
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
            config.reporter_flush_interval = Some(match value.number() {
                Some(0.0) => Duration::ZERO,
                _ => seconds(&value).map_err(|_| {
                    value.wrong("is not an interval; write seconds, at most 86400, or 0 for none")
                })?,
            });
        }
        if let Some(value) = section.take("reporter_batch_size") {
            let spans = value.integer(1, u32::MAX, COUNT)? as usize;
            if config.reporter_queue_size.is_some_and(|places| places < spans) {
                return Err(value.wrong("is more than reporter_queue_size"));
            }
            config.reporter_batch_size = Some(spans);
        }
        if let Some(value) = section.take("metrics") {
            config.metrics = Some(value.boolean()?);
        }
        if let Some(value) = section.take("generate_128bit_trace_id") {
            config.generate_128bit_trace_id = Some(value.boolean()?);
        }
        if let Some(value) = section.take("propagation") {
            config.propagation = Some(propagation(value)?);
        }
        if let Some(value) = section.take("trace_id_header") {
            config.trace_id_header = Some(value.header_name("x-trace")?);
        }
        if let Some(value) = section.take("baggage_header_prefix") {
            config.baggage_header_prefix = Some(value.header_prefix("x-ctx-")?);
        }
        if let Some(value) = section.take("debug_id_header") {
            config.debug_id_header = Some(value.header_name("x-debug-id")?);
        }
        config.throttler = section.take("throttler").map(ThrottlerConfig::read).transpose()?;
        check_what_has_no_effect(&mut section)?;
        Ok(config)
    }
}

impl LocalAgentConfig {
    fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(AGENT)?;
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

impl ThrottlerConfig {
    fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(THROTTLER)?;
        let refresh_interval = section.take("refresh_interval");
        Ok(Self {
            port: section.take("port").as_ref().map(port).transpose()?,
            refresh_interval: refresh_interval.as_ref().map(seconds).transpose()?,
        })
    }
}

fn port(value: &Value) -> Result<u16, ConfigError> {
    Ok(value.integer(1, u16::MAX.into(), PORT_RANGE)? as u16)
}

pub(crate) fn seconds(value: &Value) -> Result<Duration, ConfigError> {
    value
        .number()
        .filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_INTERVAL)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| value.wrong("is not an interval; write seconds, above 0 and at most 86400"))
}

/// Checks keys without an effect, because a wrong value would be an error with other clients too.
fn check_what_has_no_effect(section: &mut Section) -> Result<(), ConfigError> {
    if let Some(value) = section.take("enabled") {
        value.boolean()?;
    }
    Ok(())
}

/// One name, several with commas between them, or a list.
fn propagation(value: Value) -> Result<Vec<Propagation>, ConfigError> {
    let values = match value.node {
        Node::List(_) => value.list()?,
        _ => vec![value],
    };
    if values.is_empty() {
        return Err(ConfigError::key(
            "opentracing.jaeger_config.propagation",
            "is an empty list; write jaeger, b3 or w3c",
        ));
    }
    let mut propagation = Vec::new();
    for value in values {
        propagation.extend(value.propagation()?);
    }
    Ok(propagation)
}
