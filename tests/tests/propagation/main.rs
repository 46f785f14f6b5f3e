//! Span contexts on their way in and out: formats, carriers, the whitelist, and whom we believe.

mod carriers;
mod conformance;
mod debug_ids;
mod edus;
mod federation_document;
mod headers;
mod inbound_trust;
mod incoming_requests;
mod propagation;
mod raw_edus;
mod redirects;
mod remote_budget;
mod whitelist;
