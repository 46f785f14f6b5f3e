//! The formats of span contexts. They decide nothing: [`trust`](crate::trust) decides which parties may see a
//! context.

pub(crate) mod b3;
pub(crate) mod carrier;
pub(crate) mod copies;
pub(crate) mod decoded_context;
pub(crate) mod header_names;
pub(crate) mod jaeger;
pub(crate) mod propagation;
#[cfg(feature = "json")]
pub(crate) mod raw_object;
pub(crate) mod w3c;
