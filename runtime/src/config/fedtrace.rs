use http::HeaderName;

use super::SamplingConfig;
use crate::propagation::MaxRemoteSampledTraces;

/// Settings that Synapse does not have: the part `fedtrace` of the section.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FedtraceConfig {
    /// How many contexts with the flag "sampled" are honoured from homeservers on the whitelist.
    pub max_remote_sampled_traces_per_second: MaxRemoteSampledTraces,
    /// Which traces of single operations to record.
    pub sampling: SamplingConfig,
    /// Whether the entries of the whitelist are compared with the beginning of a server name only, as in Synapse;
    /// see [`Whitelist::prefix_match`](crate::whitelist::Whitelist::prefix_match).
    pub prefix_match: bool,
    /// The response header that tells the trace id; `Synapse-Trace-Id`, if left out.
    pub trace_id_header: Option<HeaderName>,
    /// Whether clients get that header.
    pub trace_id_for_clients: bool,
}
