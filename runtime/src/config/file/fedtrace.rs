//! The keys of the section `fedtrace`.

use super::keep::keep;
use crate::config::fedtrace::FedtraceConfig;
use crate::config::sampler::SamplingConfig;
use crate::config::transport::{AgentProtocol, CollectorConfig};
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;
use crate::model::error::levels::ParseLevelsError;
use crate::tracer::levels::Levels;
use crate::trust::budget::MaxRemoteSampledTraces;
use crate::util::words::words;

const PACKET_SIZE: &str = "is not a size of packets; write a number of bytes from 1000 to 65507";
const TAGS: &str = "is not a number of tags; write a whole number, or 0 for no limit";
const LOGS: &str = "is not a number of log records; write a whole number, or 0 for no limit";

impl FedtraceConfig {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let console = section.read("console", Value::boolean)?;
        let config = Self {
            max_remote_sampled_traces_per_second: section
                .read("max_remote_sampled_traces_per_second", remote_limits)?
                .unwrap_or_default(),
            sampling: section
                .read("sampling", SamplingConfig::read)?
                .unwrap_or_default(),
            keep: section.read("keep", keep)?.flatten(),
            collector: section
                .read("collector", CollectorConfig::read)?
                .unwrap_or_default(),
            agent_protocol: section
                .read("agent_protocol", AgentProtocol::read)?
                .unwrap_or_default(),
            max_packet_size: section.read("max_packet_size", packet_size)?,
            reporter_queue_bytes: section.read("reporter_queue_bytes", Value::count)?,
            max_tags_per_span: section.read("max_tags_per_span", tags)?,
            max_logs_per_span: section.read("max_logs_per_span", log_records)?,
            long_open_after: section.read("long_open_after", Value::interval_or_zero)?,
            redacted_arguments: section.read("redacted_arguments", arguments)?.unwrap_or_default(),
            levels: section.read("levels", levels)?,
            errors_are_failures: section.read("errors_are_failures", Value::boolean)?,
            console: console.unwrap_or(false),
            has_console: console.is_some(),
            html: section.read("html", path)?,
            jaeger_json: section.read("jaeger_json", path)?,
            rpc_metrics: section.read("rpc_metrics", Value::boolean)?,
            prefix_match: section.read("prefix_match", Value::boolean)?.unwrap_or(false),
            trace_id_header: section
                .read("trace_id_header", |value| value.header_name("Synapse-Trace-Id"))?,
            trace_id_for_clients: section
                .read("trace_id_for_clients", Value::boolean)?
                .unwrap_or(false),
        };
        section.finish()?;
        Ok(config)
    }
}

fn path(value: &Value) -> Result<String, ConfigError> {
    let path = value.text()?;
    match path.trim().is_empty() {
        true => Err(value.wrong("is no path; write a file such as trace.html, or a folder that ends in /")),
        false => Ok(path),
    }
}

fn packet_size(value: &Value) -> Result<usize, ConfigError> {
    Ok(value.integer(1_000, 65_507, PACKET_SIZE)? as usize)
}

fn tags(value: &Value) -> Result<usize, ConfigError> {
    Ok(value.integer(0, u32::MAX, TAGS)? as usize)
}

fn log_records(value: &Value) -> Result<usize, ConfigError> {
    Ok(value.integer(0, u32::MAX, LOGS)? as usize)
}

/// Names of arguments. One without a word would match nothing, and nobody would notice.
fn arguments(value: &Value) -> Result<Vec<String>, ConfigError> {
    let names = value.texts()?;
    match names.iter().position(|name| words(name).is_empty()) {
        Some(index) => Err(ConfigError::value(
            format!("{}[{index}]", value.path),
            format_args!("{:?}", names.get(index).map_or("", String::as_str)),
            "is not the name of an argument; write a word such as email",
        )),
        None => Ok(names),
    }
}

/// A level, and levels of single targets.
fn levels(value: &Value) -> Result<Levels, ConfigError> {
    // Older YAML reads `off` as a truth value.
    let text = match value.node {
        Node::Bool(false) => "off".to_owned(),
        _ => value.text()?,
    };
    let parsed: Result<Levels, ParseLevelsError> = text.parse();
    parsed.map_err(|error| match error.part == text {
        true => value.wrong(error.problem),
        false => ConfigError::value(
            value.path.clone(),
            format_args!("{:?}", error.part),
            error.problem,
        ),
    })
}

/// One rate for both limits, or each by its name.
fn remote_limits(value: &Value) -> Result<MaxRemoteSampledTraces, ConfigError> {
    if !matches!(value.node, Node::Map(_)) {
        let rate = rate(value)?;
        return Ok(MaxRemoteSampledTraces {
            per_origin: rate,
            total: rate,
        });
    }
    let mut section = value.section()?;
    let default = MaxRemoteSampledTraces::default();
    let limits = MaxRemoteSampledTraces {
        per_origin: section.read("per_origin", rate)?.unwrap_or(default.per_origin),
        total: section.read("total", rate)?.unwrap_or(default.total),
    };
    section.finish()?;
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
