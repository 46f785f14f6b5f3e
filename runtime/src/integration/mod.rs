//! Integrations with other crates, each behind a feature.

#[cfg(feature = "rustracing")]
pub mod rustracing;
#[cfg(feature = "stream")]
pub(crate) mod stream;
#[cfg(feature = "tokio")]
pub mod tokio;
