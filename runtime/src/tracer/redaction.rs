//! The names of arguments whose values the configuration hides.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::util::words::{has_words, words};

/// Names of arguments, as sequences of words. An argument has such a name if its words contain them.
///
/// The names that are always hidden are known to the attribute: the list is in `redaction.rs` of `fedtrace-macros`.
#[derive(Debug, Clone, Default)]
pub(crate) struct RedactedArguments(Vec<Vec<String>>);

/// Whether there is a name in any list, so that a process without one does not look for the list.
///
/// `Relaxed` is enough: it is set before the list has a tracer, and a thread reaches the tracer through what
/// synchronises.
static USED: AtomicBool = AtomicBool::new(false);

#[inline]
pub(crate) fn is_used() -> bool {
    USED.load(Ordering::Relaxed)
}

impl RedactedArguments {
    /// Names without a word are left out.
    pub(crate) fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(|name| words(name.as_ref()));
        let names: Vec<_> = names.filter(|words| !words.is_empty()).collect();
        if !names.is_empty() {
            USED.store(true, Ordering::Relaxed);
        }
        Self(names)
    }

    /// Whether an argument or a field with this name has one of the names.
    pub(crate) fn contain_name(&self, name: &str) -> bool {
        let name = words(name);
        self.0.iter().any(|redacted| has_words(&name, redacted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_redacted_if_its_name_has_the_words_of_one_in_the_list() {
        let redacted = RedactedArguments::new(["email", "phoneNumber", "_"]);
        for name in [
            "email",
            "userEmail",
            "EMAILS",
            "email_2",
            "phone_number",
            "old_phone_numbers",
        ] {
            assert!(redacted.contain_name(name), "{name}");
        }
        for name in ["emailed", "phone", "number_phone", "_"] {
            assert!(!redacted.contain_name(name), "{name}");
        }
        assert!(RedactedArguments::new(["_", ""]).0.is_empty());
    }
}
