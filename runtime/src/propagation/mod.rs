//! How span contexts leave and enter this process, and who may see them.
//!
//! Everything that goes out says where it goes ([`Destination`]), everything that comes in says where it comes
//! from ([`Origin`]). Nothing else in the crate asks the whitelist.

mod active;
mod budget;
#[cfg(feature = "json")]
mod edu;
mod extract;
mod family;
mod header_roles;
mod inject;
mod request;
mod rules;
#[cfg(test)]
mod tests;
#[cfg(feature = "json")]
mod text;
mod trust;

pub use crate::codec::carrier::{Carrier, CarrierValue, Format};
pub(crate) use crate::codec::header_names::HeaderNames;
#[cfg(feature = "rustracing")]
pub(crate) use crate::codec::header_names::UBER_TRACE_ID;
pub use crate::codec::propagation::Propagation;
#[cfg(feature = "rustracing")]
pub(crate) use active::count_decoding_error;
pub use active::{extract, inject, inject_response_headers, whitelisted_homeserver};
pub use budget::MaxRemoteSampledTraces;
pub(crate) use budget::{Budget, Spending};
#[cfg(feature = "json")]
pub use edu::{
    EDU_CONTEXT, extract_edu, inject_edu, start_active_span_from_edu, start_send_transaction, strip_edu,
};
pub(crate) use extract::{Extracted, Rejection, extract_context};
pub(crate) use header_roles::HeaderRoles;
pub(crate) use inject::{inject_context, inject_trace_id_header};
pub use request::{InFederationRequest, IncomingFederationRequest, incoming_federation_request};
pub(crate) use rules::PropagationRules;
#[cfg(feature = "json")]
pub use text::{context_from_string, context_to_string};
pub use trust::{Destination, Origin};
