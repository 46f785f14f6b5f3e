//! The rules of which parties may see our traces and which are trusted.

use std::borrow::Cow;

use super::parties::{Destination, Origin};
use super::rejection::Rejection;
use super::whitelist::list::Whitelist;
use crate::codec::header_names::{HeaderNames, SYNAPSE_TRACE_ID};
use crate::codec::jaeger;
use crate::codec::propagation::Propagation;
use crate::model::flags::TraceFlags;

/// The formats and header names of contexts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writing<'a> {
    pub(crate) propagation: &'a [Propagation],
    pub(crate) names: &'a HeaderNames,
    /// Whether a debug id may stand there. People write them into requests, and not into what is stored.
    pub(crate) has_debug_ids: bool,
}

impl Writing<'_> {
    /// The format of stored text. It may be read much later, or by Synapse, so it is Jaeger's, whatever is
    /// configured.
    #[cfg(feature = "json")]
    pub(crate) const STORED: Self = Self {
        propagation: &[Propagation::Jaeger],
        names: &HeaderNames::JAEGER,
        has_debug_ids: false,
    };
}

/// A tracer's configuration of propagation.
#[derive(Debug, Clone)]
pub(crate) struct PropagationRules {
    /// The homeservers that may see our traces, and whose traces we continue.
    pub(crate) whitelist: Whitelist,
    /// The formats in which contexts are written, and the order in which they are read.
    pub(crate) propagation: Cow<'static, [Propagation]>,
    pub(crate) names: HeaderNames,
    /// The response header with the trace id.
    pub(crate) trace_id_header: Cow<'static, str>,
    /// Whether clients get the trace-id header.
    pub(crate) client_trace_id: bool,
}

impl PropagationRules {
    pub(crate) fn writing(&self) -> Writing<'_> {
        Writing {
            propagation: &self.propagation,
            names: &self.names,
            has_debug_ids: true,
        }
    }

    /// The flags that a context for this destination may have. `None` if the destination may not have a
    /// context.
    pub(crate) fn flags_told_to(&self, destination: Destination<'_>) -> Option<TraceFlags> {
        match destination {
            Destination::Internal => Some(jaeger::KNOWN_FLAGS),
            Destination::Homeserver(name) => self.whitelist.allows(name).then_some(TraceFlags::SAMPLED),
            Destination::Client | Destination::ThirdParty => None,
        }
    }

    /// Whether a response to this destination may contain the trace id.
    pub(crate) fn tells_trace_id_to(&self, destination: Destination<'_>) -> bool {
        match destination {
            Destination::Internal => true,
            Destination::Client => self.client_trace_id,
            Destination::Homeserver(_) | Destination::ThirdParty => false,
        }
    }

    /// The flags that are accepted from this origin, or the reason why its contexts are rejected.
    pub(crate) fn flags_trusted_from(&self, origin: Origin<'_>) -> Result<TraceFlags, Rejection> {
        match origin {
            Origin::Internal => Ok(jaeger::KNOWN_FLAGS),
            Origin::AuthenticatedHomeserver(name) if self.whitelist.allows(name) => Ok(TraceFlags::SAMPLED),
            Origin::AuthenticatedHomeserver(_) => Err(Rejection::UnlistedOrigin),
            Origin::Unauthenticated => Err(Rejection::Unauthenticated),
        }
    }
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
