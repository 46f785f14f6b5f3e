use std::borrow::Cow;

use super::whitelist::list::Whitelist;
use crate::codec::header_names::{HeaderNames, SYNAPSE_TRACE_ID};
use crate::codec::propagation::Propagation;

/// What a tracer's configuration says about propagation.
#[derive(Debug, Clone)]
pub(crate) struct PropagationRules {
    /// The homeservers that may see our traces, and whose traces we continue.
    pub(crate) whitelist: Whitelist,
    /// How contexts are written, and in which order they are looked for.
    pub(crate) propagation: Cow<'static, [Propagation]>,
    pub(crate) names: HeaderNames,
    /// The response header that tells the trace id.
    pub(crate) trace_id_header: Cow<'static, str>,
    /// Whether clients get the trace-id header.
    pub(crate) client_trace_id: bool,
}

impl Default for PropagationRules {
    fn default() -> Self {
        Self {
            whitelist: Whitelist::empty(),
            propagation: Cow::Borrowed(&[Propagation::Jaeger]),
            names: HeaderNames::default(),
            trace_id_header: Cow::Borrowed(SYNAPSE_TRACE_ID),
            client_trace_id: false,
        }
    }
}
