//! Other people's crates, with one feature each.

#[cfg(feature = "rustracing")]
pub mod rustracing;
#[cfg(feature = "tokio")]
pub mod tokio;
