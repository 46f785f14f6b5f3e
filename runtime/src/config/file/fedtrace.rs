//! The keys of the section `fedtrace`.

use crate::config::fedtrace::FedtraceConfig;
use crate::config::sampler::SamplingConfig;
use crate::config::transport::{AgentProtocol, CollectorConfig};
use crate::config::value::node::Node;
use crate::config::value::section::COUNT;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;
use crate::trust::budget::MaxRemoteSampledTraces;

const FEDTRACE: &[&str] = &[
    "max_remote_sampled_traces_per_second",
    "sampling",
    "collector",
    "agent_protocol",
    "max_packet_size",
    "reporter_queue_bytes",
    "max_logs_per_span",
    "rpc_metrics",
    "prefix_match",
    "trace_id_header",
    "trace_id_for_clients",
];

const PACKET_SIZE: &str = "is not a size of packets; write a number of bytes from 1000 to 65507";
const LOGS: &str = "is not a number of log records; write a whole number, or 0 for no limit";

impl FedtraceConfig {
    pub(crate) fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(FEDTRACE)?;
        let mut config = Self::default();
        if let Some(value) = section.take("max_remote_sampled_traces_per_second") {
            config.max_remote_sampled_traces_per_second = limits(value)?;
        }
        if let Some(value) = section.take("sampling") {
            config.sampling = SamplingConfig::read(value)?;
        }
        if let Some(value) = section.take("collector") {
            config.collector = CollectorConfig::read(value)?;
        }
        if let Some(value) = section.take("agent_protocol") {
            config.agent_protocol = AgentProtocol::read(&value)?;
        }
        if let Some(value) = section.take("max_packet_size") {
            config.max_packet_size = Some(value.integer(1_000, 65_507, PACKET_SIZE)? as usize);
        }
        if let Some(value) = section.take("reporter_queue_bytes") {
            config.reporter_queue_bytes = Some(value.integer(1, u32::MAX, COUNT)? as usize);
        }
        if let Some(value) = section.take("max_logs_per_span") {
            config.max_logs_per_span = Some(value.integer(0, u32::MAX, LOGS)? as usize);
        }
        if let Some(value) = section.take("rpc_metrics") {
            config.rpc_metrics = Some(value.boolean()?);
        }
        if let Some(value) = section.take("prefix_match") {
            config.prefix_match = value.boolean()?;
        }
        if let Some(value) = section.take("trace_id_header") {
            config.trace_id_header = Some(value.header_name("Synapse-Trace-Id")?);
        }
        if let Some(value) = section.take("trace_id_for_clients") {
            config.trace_id_for_clients = value.boolean()?;
        }
        Ok(config)
    }
}

/// One rate for both limits, or each by its name.
fn limits(value: Value) -> Result<MaxRemoteSampledTraces, ConfigError> {
    if !matches!(value.node, Node::Map(_)) {
        let rate = rate(&value)?;
        return Ok(MaxRemoteSampledTraces {
            per_origin: rate,
            total: rate,
        });
    }
    let mut section = value.section()?;
    section.check_keys(&["per_origin", "total"])?;
    let mut limits = MaxRemoteSampledTraces::default();
    if let Some(value) = section.take("per_origin") {
        limits.per_origin = rate(&value)?;
    }
    if let Some(value) = section.take("total") {
        limits.total = rate(&value)?;
    }
    Ok(limits)
}

fn rate(value: &Value) -> Result<f64, ConfigError> {
    if matches!(&value.node, Node::Text(text) if text.trim().eq_ignore_ascii_case("unlimited")) {
        return Ok(f64::INFINITY);
    }
    value
        .number()
        .filter(|rate| rate.is_finite() && *rate >= 0.0)
        .ok_or_else(|| value.wrong("is not a rate; write a number of at least 0, or unlimited"))
}
