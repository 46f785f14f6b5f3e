//! The keys of the section `jaeger_config`.

use crate::codec::propagation::Propagation;
use crate::config::jaeger::{JaegerConfig, LocalAgentConfig};
use crate::config::sampler::SamplerConfig;
use crate::config::throttler::ThrottlerConfig;
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;

impl JaegerConfig {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let config = Self {
            sampler: section.read("sampler", SamplerConfig::read)?,
            default_sampler: SamplerConfig::Remote(None),
            logging: section.read("logging", Value::boolean)?,
            local_agent: section
                .read("local_agent", LocalAgentConfig::read)?
                .unwrap_or_default(),
            tags: section.read("tags", Value::tags)?.unwrap_or_default(),
            service_name: section.read("service_name", Value::text)?,
            max_tag_value_length: section.read("max_tag_value_length", Value::count)?,
            max_traceback_length: section.read("max_traceback_length", Value::count)?,
            reporter_queue_size: section.read("reporter_queue_size", Value::count)?,
            reporter_flush_interval: section.read("reporter_flush_interval", Value::interval_or_zero)?,
            reporter_batch_size: section.read("reporter_batch_size", Value::count)?,
            max_operations: section.read("max_operations", Value::count)?,
            sampling_refresh_interval: section.read("sampling_refresh_interval", Value::seconds)?,
            metrics: section.read("metrics", Value::boolean)?,
            generate_128bit_trace_id: section.read("generate_128bit_trace_id", Value::boolean)?,
            propagation: section.read("propagation", propagation)?,
            trace_id_header: section.read("trace_id_header", |value| value.header_name("x-trace"))?,
            baggage_header_prefix: section
                .read("baggage_header_prefix", |value| value.header_prefix("x-ctx-"))?,
            debug_id_header: section.read("debug_id_header", |value| value.header_name("x-debug-id"))?,
            throttler: section.read("throttler", ThrottlerConfig::read)?,
        };
        // It has no effect, but a wrong value would be wrong with another client too.
        section.read("enabled", Value::boolean)?;
        section.finish()?;
        Ok(config)
    }
}

impl LocalAgentConfig {
    fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let config = Self {
            reporting_host: section.read("reporting_host", Value::text)?,
            reporting_port: section.read("reporting_port", Value::port)?,
            sampling_port: section.read("sampling_port", Value::port)?,
        };
        // As for `jaeger_config.enabled`.
        section.read("enabled", Value::boolean)?;
        section.finish()?;
        Ok(config)
    }
}

impl ThrottlerConfig {
    fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let config = Self {
            port: section.read("port", Value::port)?,
            refresh_interval: section.read("refresh_interval", Value::seconds)?,
        };
        section.finish()?;
        Ok(config)
    }
}

/// One name, several with commas between them, or a list.
fn propagation(value: &Value) -> Result<Vec<Propagation>, ConfigError> {
    let Node::List(_) = value.node else {
        return value.propagation();
    };
    let values = value.list()?;
    if values.is_empty() {
        return Err(ConfigError::key(
            &value.path,
            "is an empty list; write jaeger, b3 or w3c",
        ));
    }
    let mut propagation = Vec::new();
    for value in values {
        propagation.extend(value.propagation()?);
    }
    Ok(propagation)
}
