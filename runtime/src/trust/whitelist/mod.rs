//! The homeservers that may see our traces, and whose traces we continue.

pub(crate) mod doubt;
mod everybody;
pub(crate) mod list;
pub(crate) mod lookalike;
pub(crate) mod pattern;
#[cfg(test)]
mod prefix_tests;
pub(crate) mod server_name;
#[cfg(test)]
mod tests;

pub use crate::model::error::whitelist::WhitelistError;
pub use crate::trust::whitelist::list::Whitelist;
