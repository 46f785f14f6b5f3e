//! How a span context is written and read. Who may see one is decided in [`trust`](crate::trust).

pub(crate) mod b3;
pub(crate) mod carrier;
pub(crate) mod decoded;
pub(crate) mod header_names;
pub(crate) mod jaeger;
pub(crate) mod propagation;
pub(crate) mod w3c;
