//! Whom we tell, and whom we trust.
//!
//! Every message that goes out says where it goes ([`Destination`](parties::Destination)), and every message that
//! comes in says where it comes from ([`Origin`](parties::Origin)). Nothing else in the crate asks the whitelist.

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
