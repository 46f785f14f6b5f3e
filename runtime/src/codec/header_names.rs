//! The names of the headers that carry contexts.

use std::borrow::Cow;

/// Jaeger's name of the span context.
pub(crate) const UBER_TRACE_ID: &str = "uber-trace-id";
/// The start of Jaeger's names of baggage items.
pub(crate) const BAGGAGE_PREFIX: &str = "uberctx-";
/// Baggage that was written by hand.
pub(crate) const JAEGER_BAGGAGE: &str = "jaeger-baggage";
/// Asks for a trace that is recorded whatever the sampler says.
pub(crate) const JAEGER_DEBUG_ID: &str = "jaeger-debug-id";

/// Synapse's name of the response header that tells the trace id.
pub(crate) const SYNAPSE_TRACE_ID: &str = "Synapse-Trace-Id";

/// What Jaeger's headers are called.
#[derive(Debug, Clone)]
pub(crate) struct HeaderNames {
    pub(crate) trace_context: Cow<'static, str>,
    pub(crate) baggage_prefix: Cow<'static, str>,
    pub(crate) debug_id: Cow<'static, str>,
}

impl HeaderNames {
    /// As everybody calls them who was not told otherwise.
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

/// The name of a baggage item, if `name` is that of one.
pub(crate) fn baggage_key<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, key) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(key)
}
