//! Integrations with other crates, each behind a feature.

#[cfg(feature = "log-kv")]
pub(crate) mod log_kv;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "reqwest")]
mod reqwest_cause;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
#[cfg(feature = "rustracing")]
pub mod rustracing;
#[cfg(feature = "stream")]
pub(crate) mod stream;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub(crate) mod tracing;
