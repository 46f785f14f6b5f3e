//! Finds the tag of a key among many.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::entries::Entries;
use super::entry::{Entry, EntryKind, is_same};

/// From this number of tags on, an index finds a key. A scan is faster before.
const INDEXED: usize = 32;

/// The hash of a key and the place of a tag with that hash; empty for spans with few tags.
#[derive(Debug, Default)]
pub(super) struct TagIndex {
    places: HashMap<u64, u32>,
}

impl TagIndex {
    /// The place of the tag with this key.
    #[inline]
    pub(super) fn find(&self, key: &str, entries: &Entries) -> Option<u32> {
        match self.places.is_empty() {
            true => scan(key, entries),
            false => self.look_up(key, entries),
        }
    }

    fn look_up(&self, key: &str, entries: &Entries) -> Option<u32> {
        let place = *self.places.get(&self.places.hasher().hash_one(key))?;
        match entries.get(place) {
            Some(entry) if is_of(entry, key, entries) => Some(place),
            // Two keys with the same hash: only the first one is in the index.
            _ => scan(key, entries),
        }
    }

    /// Adds the tag at this place, which is the newest of so many.
    pub(super) fn add(&mut self, place: u32, tags: usize, entries: &Entries) {
        if tags < INDEXED {
            return;
        }
        if self.places.is_empty() {
            return self.build(entries);
        }
        if let Some(entry) = entries.get(place) {
            let hash = self.places.hasher().hash_one(entry.key.get(&entries.text));
            self.places.entry(hash).or_insert(place);
        }
    }

    /// Indexes the tags of entries that have moved.
    pub(super) fn move_to(&mut self, entries: &Entries) {
        if !self.places.is_empty() {
            self.places.clear();
            self.build(entries);
        }
    }

    #[cold]
    fn build(&mut self, entries: &Entries) {
        for (place, entry) in entries.all.iter().enumerate() {
            if entry.kind == EntryKind::Tag {
                let hash = self.places.hasher().hash_one(entry.key.get(&entries.text));
                self.places.entry(hash).or_insert(place as u32);
            }
        }
    }

    /// The bytes that it takes.
    pub(super) fn size(&self) -> usize {
        2 * self.places.len() * size_of::<(u64, u32)>()
    }

    pub(super) fn capacity(&self) -> usize {
        self.places.capacity() * size_of::<(u64, u32)>()
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
    }
}

fn scan(key: &str, entries: &Entries) -> Option<u32> {
    let mut all = entries.all.iter();
    let place = all.position(|entry| entry.kind == EntryKind::Tag && is_of(entry, key, entries))?;
    Some(place as u32)
}

#[inline]
fn is_of(entry: &Entry, key: &str, entries: &Entries) -> bool {
    #[cfg(test)]
    tests::COMPARISONS.set(tests::COMPARISONS.get() + 1);
    is_same(entry.key.get(&entries.text), key)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::delivery::chain::Chain;
    use crate::delivery::entry::{EntryText, EntryValue};

    thread_local! {
        /// How often this thread has compared two keys.
        pub(super) static COMPARISONS: Cell<u64> = const { Cell::new(0) };
    }

    pub(crate) fn comparisons_in(work: impl FnOnce()) -> u64 {
        let before = COMPARISONS.get();
        work();
        COMPARISONS.get() - before
    }

    fn add(entries: &mut Entries, key: &str) -> u32 {
        let place = entries.next();
        let key = entries.add_text(key);
        entries.link(
            &mut Chain::EMPTY.clone(),
            key,
            EntryValue::Bool(true),
            EntryKind::Tag,
        );
        place
    }

    #[test]
    fn keys_of_one_hash_are_told_apart() {
        let (mut index, mut entries) = (TagIndex::default(), Entries::new());
        for tags in 1..=INDEXED {
            let place = add(&mut entries, &tags.to_string());
            index.add(place, tags, &entries);
        }
        let hash = index.places.hasher().hash_one("other");
        index.places.insert(hash, 0);
        assert_eq!(index.find("other", &entries), None);
        let place = add(&mut entries, "other");
        index.add(place, INDEXED + 1, &entries);
        assert_eq!(index.find("other", &entries), Some(place));
    }

    #[test]
    fn a_key_is_found_with_an_index_and_without_and_only_among_tags() {
        for tags in [1, INDEXED - 1, INDEXED, 3 * INDEXED] {
            let (mut index, mut entries) = (TagIndex::default(), Entries::new());
            let kind = EntryKind::Field;
            entries.link(
                &mut Chain::EMPTY.clone(),
                EntryText::Static("1"),
                EntryValue::Bool(true),
                kind,
            );
            for tag in 1..=tags {
                let place = add(&mut entries, &tag.to_string());
                index.add(place, tag, &entries);
            }
            for tag in 1..=tags {
                assert_eq!(index.find(&tag.to_string(), &entries), Some(tag as u32));
            }
            assert_eq!(index.find("missing", &entries), None);
        }
    }

    #[test]
    fn tags_that_have_moved_are_found_where_they_are_at_the_first_look() {
        let (mut index, mut before, mut after) = (TagIndex::default(), Entries::new(), Entries::new());
        for tag in 1..=INDEXED {
            let place = add(&mut before, &tag.to_string());
            index.add(place, tag, &before);
        }
        let moved = (1..=INDEXED)
            .rev()
            .map(|tag| (tag.to_string(), add(&mut after, &tag.to_string())));
        let moved: Vec<_> = moved.collect();
        index.move_to(&after);
        let comparisons = comparisons_in(|| {
            for (key, place) in &moved {
                assert_eq!(index.find(key, &after), Some(*place));
            }
        });
        assert_eq!(comparisons, INDEXED as u64);
    }
}
