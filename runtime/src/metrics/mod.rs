//! The counters of a tracer as metrics, under the names of Jaeger's clients for Go and Java.

#[cfg(all(test, feature = "enable"))]
mod documentation;
#[cfg(feature = "metrics")]
pub(crate) mod facade;
#[cfg(all(test, feature = "enable", feature = "metrics"))]
mod facade_tests;
mod metric;
#[cfg(feature = "prometheus")]
pub(crate) mod prometheus;
pub(crate) mod requests;
pub(crate) mod rpc;
#[cfg(all(test, feature = "enable", feature = "prometheus"))]
mod rpc_tests;
pub(crate) mod stats;
pub(crate) mod table;
#[cfg(all(test, feature = "enable"))]
mod tests;
