//! The settings of the Jaeger client.

use std::time::Duration;

use super::SamplerConfig;
use crate::tag::Tag;

/// `opentracing.jaeger_config`: the settings of the Jaeger client.
///
/// The default is what a configuration without `jaeger_config` means: every trace is recorded, and sent to
/// the agent on this machine unless the environment names another.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct JaegerConfig {
    /// The name under which Jaeger lists the spans, instead of the server's name and its kind of instance.
    pub service_name: Option<String>,
    /// Which traces to record.
    pub sampler: SamplerConfig,
    /// The most operations whose traces are sampled each in their own way; 2,000, if left out.
    pub max_operations: Option<usize>,
    /// How often the remote sampler asks its server; a minute, if left out.
    pub sampling_refresh_interval: Option<Duration>,
    /// Whether each finished span is also logged, at the level "info".
    pub logging: bool,
    /// Where the agent is.
    pub local_agent: LocalAgentConfig,
    /// Tags of the process. They replace the defaults of the same name (`hostname`, `ip`, `instance_name`).
    pub tags: Vec<Tag>,
    /// How many spans may wait to be sent; the newest are dropped and counted when there are more.
    pub reporter_queue_size: Option<usize>,
    /// The longest time between two sendings.
    pub reporter_flush_interval: Option<Duration>,
    /// The most bytes of a tag's value; what is longer is cut.
    pub max_tag_value_length: Option<usize>,
}

/// `opentracing.jaeger_config.local_agent`: where the agent is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalAgentConfig {
    /// Host name or address. If left out: `JAEGER_AGENT_HOST`, else `localhost`.
    pub reporting_host: Option<String>,
    /// UDP port. If left out: `JAEGER_AGENT_PORT`, else 6831.
    pub reporting_port: Option<u16>,
    /// The port at which the same host answers over HTTP how to sample. If left out: `JAEGER_SAMPLING_ENDPOINT`,
    /// else 5778.
    pub sampling_port: Option<u16>,
}
