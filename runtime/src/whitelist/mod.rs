//! The homeservers that may see our traces, and whose traces we continue.

mod list;
mod pattern;
#[cfg(test)]
mod prefix_tests;
mod server_name;
mod stranger;
#[cfg(test)]
mod tests;

pub use crate::model::error::whitelist::WhitelistError;
pub use list::Whitelist;
