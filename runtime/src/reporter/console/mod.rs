//! A reporter that prints traces as trees on a terminal.

pub(crate) mod format;
pub(crate) mod pending;
pub(crate) mod render;
pub(crate) mod reporter;
pub(crate) mod style;
#[cfg(test)]
mod tests;
#[cfg(feature = "html")]
pub(crate) mod text;
