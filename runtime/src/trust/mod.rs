//! Which parties may see our trace data, and which trace data we trust.
//!
//! Every outgoing message names its [`Destination`](parties::Destination), and every incoming message its
//! [`Origin`](parties::Origin). No other part of the crate consults the whitelist.

pub(crate) mod budget;
pub(crate) mod extract;
pub(crate) mod header_conflicts;
pub(crate) mod inject;
pub(crate) mod parties;
pub(crate) mod rejection;
pub(crate) mod removal;
pub(crate) mod rules;
#[cfg(test)]
pub(crate) mod tests;
pub mod whitelist;
