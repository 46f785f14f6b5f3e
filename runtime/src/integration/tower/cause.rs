//! Why a request has failed, where the type of its error is known.

use std::sync::{Arc, OnceLock};

/// Why a request has failed, in words that tell nothing of what it says.
///
/// A layer does not know the type of the errors that pass through it. Whoever knows it gives the words before the error passes.
#[derive(Debug, Clone, Default)]
pub(in crate::integration) struct Cause(Arc<OnceLock<String>>);

impl Cause {
    /// Says it, if it is known, unless it was said before.
    #[cfg(feature = "reqwest")]
    pub(in crate::integration) fn say(&self, words: Option<String>) {
        if let Some(words) = words {
            self.0.get_or_init(|| words);
        }
    }

    pub(super) fn words(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
