use std::borrow::Cow;

use crate::whitelist::Whitelist;

/// What a tracer's configuration says about propagation.
#[derive(Debug, Clone)]
pub(crate) struct PropagationRules {
    /// The homeservers that may see our traces, and whose traces we continue.
    pub(crate) whitelist: Whitelist,
    /// The response header that tells the trace id.
    pub(crate) trace_id_header: Cow<'static, str>,
    /// Whether clients get the trace-id header.
    pub(crate) client_trace_id: bool,
}

impl Default for PropagationRules {
    fn default() -> Self {
        Self {
            whitelist: Whitelist::empty(),
            trace_id_header: Cow::Borrowed("Synapse-Trace-Id"),
            client_trace_id: false,
        }
    }
}
