//! The names of the headers that carry contexts.

use std::borrow::Cow;

/// Jaeger's header for the span context.
pub(crate) const UBER_TRACE_ID: &str = "uber-trace-id";
/// The prefix of Jaeger's headers for baggage items.
pub(crate) const BAGGAGE_PREFIX: &str = "uberctx-";
/// The header in which people write baggage.
pub(crate) const JAEGER_BAGGAGE: &str = "jaeger-baggage";
/// The header that requests a recorded trace, whatever the sampler decides.
pub(crate) const JAEGER_DEBUG_ID: &str = "jaeger-debug-id";

/// Synapse's response header with the trace id.
pub(crate) const SYNAPSE_TRACE_ID: &str = "Synapse-Trace-Id";

/// The names of Jaeger's headers.
#[derive(Debug, Clone)]
pub(crate) struct HeaderNames {
    pub(crate) trace_context: Cow<'static, str>,
    pub(crate) baggage_prefix: Cow<'static, str>,
    pub(crate) debug_id: Cow<'static, str>,
}

impl HeaderNames {
    /// The default names.
    pub(crate) const JAEGER: Self = Self {
        trace_context: Cow::Borrowed(UBER_TRACE_ID),
        baggage_prefix: Cow::Borrowed(BAGGAGE_PREFIX),
        debug_id: Cow::Borrowed(JAEGER_DEBUG_ID),
    };
}

impl Default for HeaderNames {
    fn default() -> Self {
        Self::JAEGER
    }
}

/// The key of a baggage item, if `name` is the name of its header.
pub(crate) fn baggage_key<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, key) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(key)
}
