//! The settings that Synapse does not have.

use std::time::Duration;

use http::HeaderName;

use super::sampler::SamplingConfig;
use super::transport::{AgentProtocol, CollectorConfig};
use crate::sampling::keep::Keep;
use crate::tracer::levels::Levels;
use crate::trust::budget::MaxRemoteSampledTraces;

/// Settings that Synapse does not have: the part `fedtrace` of the section.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FedtraceConfig {
    /// How many contexts with the flag "sampled" are honoured from homeservers on the whitelist.
    pub max_remote_sampled_traces_per_second: MaxRemoteSampledTraces,
    /// Which traces of single operations to record.
    pub sampling: SamplingConfig,
    /// Which traces are kept although the sampler rejected them; none, if left out.
    pub keep: Option<Keep>,
    /// The collector that gets the spans instead of the agent.
    pub collector: CollectorConfig,
    /// How packets for the agent are written.
    pub agent_protocol: AgentProtocol,
    /// The most bytes of a packet for the agent; 65,000, if left out.
    pub max_packet_size: Option<usize>,
    /// About how many bytes the spans may have that are open or wait to be sent; 64 MiB, if left out.
    pub reporter_queue_bytes: Option<usize>,
    /// The most tags of a span and fields of a log record, zero for no limit; 128, if left out.
    pub max_tags_per_span: Option<usize>,
    /// The most log records of a span, zero for no limit; 1024, if left out.
    pub max_logs_per_span: Option<usize>,
    /// How long a span is open before it is reported as unfinished, zero for never; ten minutes, if left out. See
    /// [`TracerBuilder::long_open_after`](crate::TracerBuilder::long_open_after).
    pub long_open_after: Option<Duration>,
    /// Names of arguments whose tags are `<redacted>`, in addition to those that `#[tag_args]` knows.
    pub redacted_arguments: Vec<String>,
    /// The minimum level of spans with a level, by target; if left out, spans of all levels start.
    pub levels: Option<Levels>,
    /// Whether an `Err` marks a span as failed if nothing says whether it is a failure; true, if left out. See
    /// [`TracerBuilder::errors_are_failures`](crate::TracerBuilder::errors_are_failures).
    pub errors_are_failures: Option<bool>,
    /// Whether each finished trace is also printed as a tree on standard error, by a
    /// [`ConsoleReporter`](crate::reporter::ConsoleReporter). If neither a file nor this says so, `FEDTRACE_CONSOLE` can.
    pub console: bool,
    /// Whether a file has the key. Then it wins over the variable even with `false`.
    pub(crate) has_console: bool,
    /// Where an [`HtmlReporter`](crate::reporter) also writes all traces, with the feature `html`: a file, or a folder for
    /// one file per trace if the text ends in `/`.
    pub html: Option<String>,
    /// The same for the JSON of Jaeger's UI.
    pub jaeger_json: Option<String>,
    /// Whether there are metrics of incoming requests; if left out, only with `JAEGER_RPC_METRICS`. See
    /// [`TracerBuilder::rpc_metrics`](crate::TracerBuilder::rpc_metrics).
    pub rpc_metrics: Option<bool>,
    /// Whether the entries of the whitelist are compared with the beginning of a server name only, as in Synapse;
    /// see [`Whitelist::prefix_match`](crate::whitelist::Whitelist::prefix_match).
    pub prefix_match: bool,
    /// The response header with the trace id; `Synapse-Trace-Id`, if left out.
    pub trace_id_header: Option<HeaderName>,
    /// Whether clients get that header.
    pub trace_id_for_clients: bool,
}
