//! Baggage: a few named strings that travel with a trace between our own processes.

use std::fmt;
use std::sync::Arc;

/// The item with which Synapse marks a forced trace.
pub(crate) const FORCE_TRACING: &str = "synapse-force-tracing";

/// Named strings that travel with a trace, bounded in number ([`MAX_ITEMS`](Self::MAX_ITEMS)) and in bytes
/// ([`MAX_BYTES`](Self::MAX_BYTES)).
///
/// A name must be a valid HTTP header name. Names are case-insensitive (ASCII), and are kept in lower case
/// and in alphabetical order. A value is any text.
///
/// Baggage only ever goes to [`Destination::Internal`](crate::Destination::Internal), and is only ever taken
/// from [`Origin::Internal`](crate::Origin::Internal).
///
/// ```
/// use fedtrace::Baggage;
///
/// let baggage: Baggage = [("tenant", "red"), ("region", "eu")].into_iter().collect();
/// assert_eq!(baggage.get("Tenant"), Some("red"));
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Baggage(Option<Arc<Carried>>);

/// The data that travels with a trace. It is in one place, so that a trace without any of it carries only an
/// empty pointer.
#[derive(Clone, PartialEq, Eq, Default)]
struct Carried {
    items: Vec<(String, String)>,
    /// The W3C's `tracestate`, unchanged.
    tracestate: Option<String>,
}

impl Baggage {
    pub(crate) const NONE: Self = Self(None);

    /// The most items that a trace carries.
    pub const MAX_ITEMS: usize = 64;
    /// The most bytes of keys and values together that a trace carries.
    pub const MAX_BYTES: usize = 8 * 1024;

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The value of an item.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }

    /// All items, ordered by name.
    pub fn iter(&self) -> Iter<'_> {
        let items: &[(String, String)] = self.0.as_ref().map_or(&[], |carried| &carried.items);
        items.iter().map(texts)
    }

    /// This baggage with one item added or replaced. `None` if that would exceed a limit or the name is
    /// invalid.
    #[cfg(test)]
    pub(crate) fn with(&self, key: &str, value: &str) -> Option<Self> {
        let mut baggage = self.clone();
        baggage.insert(key, value).then_some(baggage)
    }

    /// Adds an item, or replaces the one with this name. Returns `false` and changes nothing if the item
    /// would exceed a limit, or if the name is not a valid HTTP header name.
    pub fn insert(&mut self, key: &str, value: &str) -> bool {
        if key.is_empty() || !key.bytes().all(is_name_byte) {
            return false;
        }
        let key = key.to_ascii_lowercase();
        let others = || self.iter().filter(|(name, _)| *name != key);
        let bytes: usize = others().map(|(name, value)| name.len() + value.len()).sum();
        if others().count() >= Self::MAX_ITEMS || bytes + key.len() + value.len() > Self::MAX_BYTES {
            return false;
        }
        let items = &mut Arc::make_mut(self.0.get_or_insert_default()).items;
        items.retain(|(name, _)| *name != key);
        let place = items.partition_point(|(name, _)| *name < key);
        items.insert(place, (key, value.to_owned()));
        true
    }

    pub(crate) fn tracestate(&self) -> Option<&str> {
        self.0.as_ref()?.tracestate.as_deref()
    }

    pub(crate) fn set_tracestate(&mut self, state: String) {
        Arc::make_mut(self.0.get_or_insert_default()).tracestate = Some(state);
    }
}

/// The items of a [`Baggage`].
type Iter<'a> = std::iter::Map<std::slice::Iter<'a, (String, String)>, fn(&(String, String)) -> (&str, &str)>;

fn texts((key, value): &(String, String)) -> (&str, &str) {
    (key, value)
}

impl<'a> IntoIterator for &'a Baggage {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Skips the items that [`insert`](Baggage::insert) refuses.
impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Baggage {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let mut baggage = Self::default();
        for (key, value) in items {
            baggage.insert(key.as_ref(), value.as_ref());
        }
        baggage
    }
}

// A `token` of RFC 9110, the grammar of header names.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
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
        assert_eq!(baggage.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
    }

    #[test]
    fn baggage_is_bounded_in_number_and_bytes() {
        let mut baggage = Baggage::default();
        for index in 0..Baggage::MAX_ITEMS {
            baggage = baggage.with(&index.to_string(), "v").unwrap();
        }
        assert_eq!(baggage.with("one more", "v"), None);
        assert_eq!(
            Baggage::default().with("k", &"v".repeat(Baggage::MAX_BYTES)),
            None
        );
        let full = Baggage::default()
            .with("k", &"v".repeat(Baggage::MAX_BYTES - 1))
            .unwrap();
        assert_eq!(full.with("l", ""), None);
        assert_eq!(full.with("k", "short").unwrap().get("k"), Some("short"));
    }

    #[test]
    fn names_are_header_names_in_lower_case() {
        let baggage = Baggage::default()
            .with("Key_One", "1")
            .unwrap()
            .with("key_ONE", "2")
            .unwrap();
        assert_eq!(baggage.iter().collect::<Vec<_>>(), [("key_one", "2")]);
        assert_eq!(baggage.get("KEY_one"), Some("2"));
        for name in ["", "a b", "a:b", "ä", "a\n"] {
            assert_eq!(Baggage::default().with(name, "v"), None, "{name:?}");
        }
    }
}
