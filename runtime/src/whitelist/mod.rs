//! The homeservers that may see our traces, and whose traces we continue.

mod error;
mod list;
mod pattern;
mod server_name;
#[cfg(test)]
mod tests;

pub use error::WhitelistError;
pub use list::Whitelist;
