//! Baggage: a few named strings that travel with a trace between our own processes.

use std::fmt;
use std::sync::Arc;

/// The item with which Synapse marks a trace that was forced.
pub(crate) const FORCE_TRACING: &str = "synapse-force-tracing";

/// The most items that a trace carries.
pub const MAX_ITEMS: usize = 64;
/// The most bytes of keys and values together that a trace carries.
pub const MAX_BYTES: usize = 8 * 1024;

/// Named strings that travel with a trace, bounded in number ([`MAX_ITEMS`]) and in bytes ([`MAX_BYTES`]).
///
/// Baggage only ever goes to [`Destination::Internal`](crate::Destination::Internal), and is only ever taken
/// from [`Origin::Internal`](crate::Origin::Internal).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Baggage(Option<Arc<Vec<(String, String)>>>);

impl Baggage {
    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value of an item.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// All items, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .flat_map(|items| items.iter())
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// This baggage with one item more, or replaced. `None` if it would pass a bound or the key is empty.
    pub(crate) fn with(&self, key: &str, value: &str) -> Option<Self> {
        if key.is_empty() {
            return None;
        }
        let mut items: Vec<(String, String)> = self
            .iter()
            .filter(|(name, _)| *name != key)
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        items.push((key.to_owned(), value.to_owned()));
        let bytes: usize = items.iter().map(|(key, value)| key.len() + value.len()).sum();
        (items.len() <= MAX_ITEMS && bytes <= MAX_BYTES).then(|| Self(Some(Arc::new(items))))
    }
}

impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_replaces_the_one_of_the_same_name() {
        let baggage = Baggage::default()
            .with("a", "1")
            .unwrap()
            .with("b", "2")
            .unwrap()
            .with("a", "3")
            .unwrap();
        assert_eq!(baggage.iter().collect::<Vec<_>>(), [("b", "2"), ("a", "3")]);
    }

    #[test]
    fn baggage_is_bounded_in_number_and_bytes() {
        let mut baggage = Baggage::default();
        for index in 0..MAX_ITEMS {
            baggage = baggage.with(&index.to_string(), "v").unwrap();
        }
        assert_eq!(baggage.with("one more", "v"), None);
        assert_eq!(Baggage::default().with("k", &"v".repeat(MAX_BYTES)), None);
        assert_eq!(Baggage::default().with("", "v"), None);
    }
}
