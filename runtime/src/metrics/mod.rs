//! The counts of a tracer, and their export as metrics under the names of Jaeger's clients for Go and Java.

#[cfg(all(test, feature = "enable", any(feature = "metrics", feature = "prometheus")))]
mod documentation_tests;
#[cfg(feature = "metrics")]
pub(crate) mod facade;
#[cfg(all(test, feature = "enable", feature = "metrics"))]
mod facade_tests;
#[cfg(any(feature = "metrics", feature = "prometheus"))]
mod metric;
#[cfg(feature = "prometheus")]
pub(crate) mod prometheus;
pub(crate) mod requests;
#[cfg(any(feature = "metrics", feature = "prometheus"))]
pub(crate) mod rpc;
#[cfg(all(test, feature = "enable", feature = "prometheus"))]
mod rpc_tests;
pub(crate) mod stats;
#[cfg(any(feature = "metrics", feature = "prometheus"))]
pub(crate) mod table;
#[cfg(all(test, feature = "enable", any(feature = "metrics", feature = "prometheus")))]
mod tests;
