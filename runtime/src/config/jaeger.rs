//! The settings of the Jaeger client.

use std::time::Duration;

use http::HeaderName;

use super::sampler::SamplerConfig;
use super::throttler::ThrottlerConfig;
use crate::codec::propagation::Propagation;
use crate::model::tag::Tag;

/// `opentracing.jaeger_config`: the settings of the Jaeger client.
///
/// The default is what a configuration without `jaeger_config` means: every trace is recorded, and sent to
/// the agent on this machine unless the environment names another.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct JaegerConfig {
    /// The name under which Jaeger lists the spans, instead of the server's name and its kind of instance.
    pub service_name: Option<String>,
    /// Which traces to record. If left out: all of them; but [`SamplerConfig::Remote`] if a file has a
    /// `jaeger_config` without it, as with the other clients.
    pub sampler: Option<SamplerConfig>,
    pub(crate) default_sampler: SamplerConfig,
    /// The most operations that each have a sampling strategy; 2,000, if left out.
    pub max_operations: Option<usize>,
    /// How often the remote sampler asks its server; a minute, if left out.
    pub sampling_refresh_interval: Option<Duration>,
    /// Whether each finished span is also logged, at the level "info"; not, if left out.
    pub logging: Option<bool>,
    /// Where the agent is.
    pub local_agent: LocalAgentConfig,
    /// Tags of the process. They replace the defaults of the same name (`hostname`, `ip`, `instance_name`).
    pub tags: Vec<Tag>,
    /// How many spans may wait to be sent; the newest are dropped and counted when there are more.
    pub reporter_queue_size: Option<usize>,
    /// The most spans of a packet or request; when that many wait, they are sent. As many as fit, if left
    /// out.
    pub reporter_batch_size: Option<usize>,
    /// The longest time between two sendings. With zero, spans are sent only when a batch is full, at a flush
    /// and at the end.
    pub reporter_flush_interval: Option<Duration>,
    /// Whether the counters are given to the crate `metrics`; they are, if left out.
    pub metrics: Option<bool>,
    /// The most bytes of a tag's value; longer ones are cut.
    pub max_tag_value_length: Option<usize>,
    /// The most bytes of a stack trace in a log record, the field `stack`; longer ones are cut.
    pub max_traceback_length: Option<usize>,
    /// Whether new traces have ids of 128 bits; 64, if left out.
    pub generate_128bit_trace_id: Option<bool>,
    /// How span contexts are written and read in headers; [`Propagation::Jaeger`], if left out.
    pub propagation: Option<Vec<Propagation>>,
    /// The header of the span context; `uber-trace-id`, if left out.
    pub trace_id_header: Option<HeaderName>,
    /// The prefix of the headers of baggage; `uberctx-`, if left out.
    pub baggage_header_prefix: Option<HeaderName>,
    /// The header of a debug id; `jaeger-debug-id`, if left out.
    pub debug_id_header: Option<HeaderName>,
    /// The server that limits forced traces; there is no limit, if left out.
    pub throttler: Option<ThrottlerConfig>,
}

impl JaegerConfig {
    /// The sampler that is meant if the environment names none.
    pub fn sampler_or_default(&self) -> SamplerConfig {
        self.sampler.unwrap_or(self.default_sampler)
    }
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
