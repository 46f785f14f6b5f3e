//! Sending and receiving of span contexts.
//!
//! Every outgoing message names its [`Destination`](crate::Destination), and every incoming message its
//! [`Origin`](crate::Origin).

#[cfg(feature = "json")]
pub(crate) mod edu;
pub(crate) mod headers;
pub(crate) mod incoming_request;
#[cfg(feature = "json")]
pub(crate) mod raw_edu;
#[cfg(feature = "json")]
pub(crate) mod stored_context;
#[cfg(all(test, feature = "json"))]
mod stored_context_tests;

pub use crate::codec::carrier::{CarrierValue, Format};
pub use crate::codec::propagation::{ParsePropagationError, Propagation};
pub use crate::trust::budget::MaxRemoteSampledTraces;
#[cfg(feature = "json")]
pub use edu::EDU_CONTEXT;
pub use incoming_request::{InFederationRequest, IncomingFederationRequest};
