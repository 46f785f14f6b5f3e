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
    /// The name under which Jaeger lists the spans, instead of the name of the [`Service`](crate::Service).
    pub service_name: Option<String>,
    /// Which traces to record. The default is `JAEGER_SAMPLER_TYPE`, else [`SamplerConfig::Remote`] if a file has a
    /// `jaeger_config` without a sampler (as in the other clients), else all traces.
    pub sampler: Option<SamplerConfig>,
    pub(crate) default_sampler: SamplerConfig,
    /// The most operations that have their own sampling strategy. The default is 2,000.
    pub max_operations: Option<usize>,
    /// How often the remote sampler asks its server. The default is a minute.
    pub sampling_refresh_interval: Option<Duration>,
    /// Whether each finished span is also logged, at the level "info". The default is false.
    pub logging: Option<bool>,
    /// Where the agent is.
    pub local_agent: LocalAgentConfig,
    /// Tags of the process. They replace the defaults of the same name (`hostname`, `ip`, `instance_name`).
    pub tags: Vec<Tag>,
    /// How many spans may wait to be sent; the newest are dropped and counted when there are more.
    pub reporter_queue_size: Option<usize>,
    /// The most spans of a packet or request. When this many wait, they are sent. By default, as many as fit.
    pub reporter_batch_size: Option<usize>,
    /// How long finished spans wait at most. With zero, spans are sent only when a batch is full, at a flush
    /// and at the end.
    pub reporter_flush_interval: Option<Duration>,
    /// Whether the counters are given to the crate `metrics`. The default is true.
    pub metrics: Option<bool>,
    /// The most bytes of a tag's value; longer ones are cut.
    pub max_tag_value_length: Option<usize>,
    /// The most bytes of a stack trace in a log record, the field `stack`; longer ones are cut.
    pub max_traceback_length: Option<usize>,
    /// Whether new traces have ids of 128 bits. The default is 64 bits.
    pub generate_128bit_trace_id: Option<bool>,
    /// How span contexts are written and read in headers. The default is [`Propagation::Jaeger`].
    pub propagation: Option<Vec<Propagation>>,
    /// The header of the span context. The default is `uber-trace-id`.
    pub trace_id_header: Option<HeaderName>,
    /// The prefix of the headers of baggage. The default is `uberctx-`.
    pub baggage_header_prefix: Option<HeaderName>,
    /// The header of a debug id. The default is `jaeger-debug-id`.
    pub debug_id_header: Option<HeaderName>,
    /// The server that limits forced traces. By default there is no limit.
    pub throttler: Option<ThrottlerConfig>,
}

impl JaegerConfig {
    /// The sampler, if the environment names none.
    pub fn sampler_or_default(&self) -> SamplerConfig {
        self.sampler.unwrap_or(self.default_sampler)
    }
}

/// `opentracing.jaeger_config.local_agent`: where the agent is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalAgentConfig {
    /// Host name or address. The default is `JAEGER_AGENT_HOST`, else `localhost`.
    pub reporting_host: Option<String>,
    /// UDP port. The default is `JAEGER_AGENT_PORT`, else 6831, or 6832 for the binary protocol.
    pub reporting_port: Option<u16>,
    /// The port of the same host that serves sampling strategies over HTTP. The default is
    /// `JAEGER_SAMPLING_ENDPOINT`, else 5778.
    pub sampling_port: Option<u16>,
}
