//! Tags by their keys.

use std::collections::HashMap;
use std::hash::BuildHasher;

use crate::model::tag::Tag;

/// From this number of tags on, an index finds a key. A scan is faster before.
const INDEXED: usize = 32;

/// The tags of a span, in the order in which their keys were first set.
#[derive(Debug, Default)]
pub(crate) struct TagSet {
    tags: Vec<Tag>,
    /// The hash of a key and the place of a tag with that hash.
    #[expect(clippy::box_collection, reason = "spans with few tags need no room for a map")]
    index: Option<Box<HashMap<u64, usize>>>,
}

impl TagSet {
    pub(crate) fn new(tags: Vec<Tag>) -> Self {
        let mut set = Self::default();
        tags.into_iter().for_each(|tag| set.set(tag));
        set
    }

    pub(crate) fn len(&self) -> usize {
        self.tags.len()
    }

    pub(crate) fn into_tags(self) -> Vec<Tag> {
        self.tags
    }

    /// The bytes for which there is memory without any tags.
    #[inline]
    pub(crate) fn unused(&self) -> usize {
        (self.tags.capacity() - self.tags.len()) * size_of::<Tag>()
    }

    /// The bytes that the tags hold.
    pub(crate) fn heap_size(&self) -> usize {
        let entry = 2 * size_of::<u64>();
        let index = self.index.as_ref().map_or(0, |index| index.capacity() * entry);
        let text: usize = self.tags.iter().map(Tag::text_size).sum();
        self.tags.capacity() * size_of::<Tag>() + text + index
    }

    /// The place of the tag with this key.
    #[inline]
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        match &self.index {
            None => self.scan(key),
            Some(index) => self.look_up(index, key),
        }
    }

    #[cold]
    fn look_up(&self, index: &HashMap<u64, usize>, key: &str) -> Option<usize> {
        let place = *index.get(&index.hasher().hash_one(key))?;
        match self.tags.get(place) {
            Some(tag) if Self::is_of(tag, key) => Some(place),
            // Two keys with the same hash: only the first one is in the index.
            _ => self.scan(key),
        }
    }

    #[inline]
    fn scan(&self, key: &str) -> Option<usize> {
        self.tags.iter().position(|tag| Self::is_of(tag, key))
    }

    #[inline]
    fn is_of(tag: &Tag, key: &str) -> bool {
        #[cfg(test)]
        tests::COMPARISONS.set(tests::COMPARISONS.get() + 1);
        tag.key == key
    }

    /// Sets a tag, or the value of the one with its key.
    pub(crate) fn set(&mut self, tag: Tag) {
        match self.find(&tag.key) {
            Some(place) => self.replace(place, tag),
            None => self.push(tag),
        }
    }

    /// Replaces the value of the tag at this place.
    pub(crate) fn replace(&mut self, place: usize, tag: Tag) {
        if let Some(known) = self.tags.get_mut(place) {
            known.value = tag.value;
        }
    }

    /// Adds a tag whose key is not known yet.
    #[inline]
    pub(crate) fn push(&mut self, tag: Tag) {
        self.tags.push(tag);
        if self.tags.len() >= INDEXED {
            self.extend_index();
        }
    }

    #[cold]
    fn extend_index(&mut self) {
        let indexed = if self.index.is_some() {
            self.tags.len() - 1
        } else {
            0
        };
        let index = self.index.get_or_insert_default();
        for (place, tag) in self.tags.iter().enumerate().skip(indexed) {
            let hash = index.hasher().hash_one(tag.key.as_ref());
            index.entry(hash).or_insert(place);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How often this thread has compared two keys.
        pub(super) static COMPARISONS: Cell<u64> = const { Cell::new(0) };
    }

    pub(crate) fn comparisons_in(work: impl FnOnce()) -> u64 {
        let before = COMPARISONS.get();
        work();
        COMPARISONS.get() - before
    }

    pub(crate) fn keys(count: usize) -> impl Iterator<Item = Tag> {
        (0..count).map(|key| Tag::new(key.to_string(), key))
    }

    #[test]
    fn three_times_the_keys_cost_at_most_three_times_as_much() {
        let cost = |count| {
            comparisons_in(|| {
                let mut set = TagSet::default();
                keys(count).chain(keys(count)).for_each(|tag| set.set(tag));
                assert_eq!(set.len(), count);
            })
        };
        assert!(cost(30_000) <= 3 * cost(10_000));
    }

    #[test]
    fn a_key_keeps_its_place_and_its_last_value() {
        for count in [INDEXED - 1, INDEXED, INDEXED + 1, 1_000] {
            let mut set = TagSet::new(keys(count).collect());
            for key in [0, count / 2, count - 1] {
                set.set(Tag::new(key.to_string(), "last"));
            }
            set.set(Tag::new("new", 1));
            let tags = set.into_tags();
            assert_eq!(tags.len(), count + 1);
            for key in [0, count / 2, count - 1] {
                assert_eq!(tags[key], Tag::new(key.to_string(), "last"));
            }
        }
    }

    #[test]
    fn keys_of_one_hash_are_told_apart() {
        let mut set = TagSet::new(keys(INDEXED).collect());
        let index = set.index.as_mut().unwrap();
        let hash = index.hasher().hash_one("other");
        index.insert(hash, 0);
        set.set(Tag::new("other", 1));
        set.set(Tag::new("other", 2));
        assert_eq!(set.len(), INDEXED + 1);
        assert_eq!(set.into_tags().last(), Some(&Tag::new("other", 2)));
    }

    #[test]
    fn the_size_is_that_of_what_is_held() {
        let mut set = TagSet::default();
        set.set(Tag::new("key", "x".repeat(1_000)));
        let large = set.heap_size();
        assert!((1_000..1_400).contains(&large), "{large}");
        set.set(Tag::new("key", 1));
        assert!(set.heap_size() <= large - 1_000);
    }
}
