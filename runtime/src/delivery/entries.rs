//! The buffers that tags, logs and names of many spans share.

use std::iter;
use std::mem;

use super::bounds::{Bounds, LONGEST_CHAIN, SHORTEST_NAME};
use super::chain::{Chain, ChainLimits, MOST_TEXT, NONE};
use super::entry::{Entry, EntryKind, EntryText, EntryValue, Key};
use crate::model::value::{Field, Value};
use crate::util::text::beginning;
use crate::util::tick::Tick;

/// The value of most tags.
pub(crate) trait PlainValue: Copy {
    /// The bytes of its text.
    fn text(self) -> usize;

    /// Copies it behind what is there.
    fn add_to(self, entries: &mut Entries) -> EntryValue;
}

impl PlainValue for &str {
    #[inline(always)]
    fn text(self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn add_to(self, entries: &mut Entries) -> EntryValue {
        EntryValue::Text(entries.add_text(self))
    }
}

impl PlainValue for i64 {
    #[inline(always)]
    fn text(self) -> usize {
        0
    }

    #[inline(always)]
    fn add_to(self, _: &mut Entries) -> EntryValue {
        EntryValue::Long(self)
    }
}

/// Entries, and the text and bytes that they refer to.
///
/// Nothing is removed one by one: what a batch does not refer to any more is forgotten with the batch.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(super) all: Vec<Entry>,
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
}

/// A thread hands its batch over when there are so many entries,
const MANY: usize = 2048;
/// or so many bytes of text.
const MUCH_TEXT: usize = 64 * 1024;

impl Entries {
    pub(crate) const fn new() -> Self {
        Self {
            all: Vec::new(),
            text: String::new(),
            bytes: Vec::new(),
        }
    }

    /// The bytes that they take.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.all.len() * size_of::<Entry>() + self.text.len() + self.bytes.len()
    }

    /// The bytes for which there is memory.
    pub(crate) fn capacity(&self) -> usize {
        self.all.capacity() * size_of::<Entry>() + self.text.capacity() + self.bytes.capacity()
    }

    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.text.clear();
        self.bytes.clear();
    }

    /// Whether there are none. Text and bytes belong to entries.
    #[inline]
    pub(crate) fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether there is more than a thread should keep to itself.
    #[inline]
    pub(crate) fn are_many(&self) -> bool {
        self.all.len() >= MANY || self.text.len() >= MUCH_TEXT || self.bytes.len() >= MUCH_TEXT
    }

    /// Where the next entry goes.
    pub(super) fn next(&self) -> u32 {
        self.all.len() as u32
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<&Entry> {
        self.all.get(index as usize)
    }

    /// Whether so many bytes more can still be counted.
    #[inline]
    pub(super) fn admits(&self, more: usize) -> bool {
        self.text.len().max(self.bytes.len()).max(self.all.len()) + more < NONE as usize
    }

    /// Adds a tag to a chain. False, and nothing is added, if the chain would be too long.
    pub(crate) fn add_tag(
        &mut self,
        chain: &mut Chain,
        key: Key<'_>,
        value: &Value<'_>,
        bounds: &Bounds,
    ) -> bool {
        let text = usize::from(chain.text) + bounds.text_of(key, value, bounds.value);
        if usize::from(chain.entries) >= bounds.chained || text > MOST_TEXT {
            return false;
        }
        let key = self.add_key(key, bounds.name());
        let value = self.add_value(value, bounds.value);
        self.link(chain, key, value, EntryKind::Tag);
        chain.entries += 1;
        chain.text = text as u16;
        true
    }

    /// Adds a tag that is true and must not be missing, however long the chain is.
    pub(super) fn add_own_tag(&mut self, chain: &mut Chain, key: &'static str) {
        self.link(
            chain,
            EntryText::Static(key),
            EntryValue::Bool(true),
            EntryKind::Tag,
        );
    }

    /// Adds a tag of most spans: its key is a literal, and its value is an integer or a text.
    #[inline(always)]
    pub(crate) fn add_plain_tag(
        &mut self,
        chain: &mut Chain,
        key: &'static str,
        value: impl PlainValue,
        limits: ChainLimits,
    ) -> bool {
        let text = usize::from(chain.text) + value.text();
        let fits = chain.entries < limits.entries
            && text <= MOST_TEXT
            && value.text() <= usize::from(limits.value)
            && key.len() <= SHORTEST_NAME;
        if fits {
            let value = value.add_to(self);
            self.link(chain, EntryText::Static(key), value, EntryKind::Tag);
            chain.entries += 1;
            chain.text = text as u16;
        }
        fits
    }

    #[inline]
    pub(super) fn add_key(&mut self, key: Key<'_>, limit: usize) -> EntryText {
        match key.cut(limit) {
            Key::Static(key) => EntryText::Static(key),
            Key::Text(key) => self.add_text(key),
        }
    }

    /// Adds a value with at most `limit` bytes.
    #[inline]
    pub(super) fn add_value(&mut self, value: &Value<'_>, limit: usize) -> EntryValue {
        match value {
            Value::Static(text) => EntryValue::Text(EntryText::Static(beginning(text, limit))),
            Value::Text(text) => EntryValue::Text(self.add_text(beginning(text, limit))),
            Value::Owned(text) => EntryValue::Text(self.add_text(beginning(text, limit))),
            Value::Formatted(text) => EntryValue::Text(self.add_text(beginning(text.as_str(), limit))),
            Value::Bool(value) => EntryValue::Bool(*value),
            Value::Long(value) => EntryValue::Long(*value),
            Value::Double(value) => EntryValue::Double(*value),
            Value::Bytes(bytes) => self.add_bytes(bytes, limit),
            Value::OwnedBytes(bytes) => self.add_bytes(bytes, limit),
        }
    }

    fn add_bytes(&mut self, bytes: &[u8], limit: usize) -> EntryValue {
        let bytes = bytes.get(..limit).unwrap_or(bytes);
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        EntryValue::Bytes {
            at,
            len: bytes.len() as u32,
        }
    }

    #[inline]
    pub(super) fn add_text(&mut self, text: &str) -> EntryText {
        let at = self.text.len() as u32;
        self.text.push_str(text);
        EntryText::Buffered {
            at,
            len: text.len() as u32,
        }
    }

    #[inline]
    pub(super) fn link(&mut self, chain: &mut Chain, key: EntryText, value: EntryValue, kind: EntryKind) {
        let at = self.all.len() as u32;
        self.all.push(Entry {
            key,
            value,
            previous: chain.last,
            kind,
        });
        chain.last = at;
    }

    /// Adds a log record to a chain. False, and nothing is added, if the chain would be too long.
    pub(crate) fn add_record(
        &mut self,
        chain: &mut Chain,
        time: Tick,
        fields: &[Option<Field<'_>>],
        bounds: &Bounds,
    ) -> bool {
        let text: usize = present(fields).map(|field| bounds.text_of_field(field)).sum();
        let count = present(fields).count();
        let has_place = usize::from(chain.entries) + count < bounds.chained.min(bounds.records_chained);
        if !has_place || usize::from(chain.text) + text > MOST_TEXT {
            return false;
        }
        self.begin_record(chain, EntryValue::Moment(time), count as u16);
        self.add_fields(present(fields), bounds);
        chain.entries += 1 + count as u16;
        chain.text += text as u16;
        true
    }

    /// Adds a log record without its fields, so many of which are added next.
    pub(super) fn begin_record(&mut self, chain: &mut Chain, time: EntryValue, fields: u16) {
        let kind = EntryKind::Record { fields };
        self.link(chain, EntryText::Static(""), time, kind);
    }

    /// Adds the fields of the log record that was begun before.
    pub(super) fn add_fields<'f, 'v: 'f>(
        &mut self,
        fields: impl Iterator<Item = &'f Field<'v>>,
        bounds: &Bounds,
    ) {
        for field in fields {
            let key = self.add_key((&field.key).into(), bounds.name());
            let value = self.add_value(&field.value, bounds.longest(&field.key));
            self.add_field(key, value);
        }
    }

    pub(super) fn add_field(&mut self, key: EntryText, value: EntryValue) {
        self.all.push(Entry {
            key,
            value,
            previous: NONE,
            kind: EntryKind::Field,
        });
    }

    /// Where log records are, in order.
    pub(super) fn records(&self) -> impl Iterator<Item = u32> {
        let all = self.all.iter().enumerate();
        all.filter(|(_, entry)| matches!(entry.kind, EntryKind::Record { .. }))
            .map(|(place, _)| place as u32)
    }

    /// The entries of a chain that ends with this one, the last one first.
    pub(super) fn back_from(&self, last: u32) -> impl Iterator<Item = (u32, &Entry)> {
        let mut next = last;
        iter::from_fn(move || {
            let entry = self.get(next)?;
            let at = mem::replace(&mut next, entry.previous);
            Some((at, entry))
        })
    }

    /// The indices of the entries of a chain, in order. A chain is short.
    pub(super) fn in_order(&self, last: u32) -> impl Iterator<Item = u32> + use<> {
        let mut indices = [NONE; LONGEST_CHAIN];
        for ((index, _), place) in self.back_from(last).zip(indices.iter_mut().rev()) {
            *place = index;
        }
        indices.into_iter().filter(|index| *index != NONE)
    }

    /// The value of an entry.
    pub(super) fn value_of(&self, entry: &Entry) -> Value<'_> {
        match entry.value {
            EntryValue::Bool(value) => Value::Bool(value),
            EntryValue::Long(value) => Value::Long(value),
            EntryValue::Double(value) => Value::Double(value),
            EntryValue::Text(EntryText::Static(text)) => Value::Static(text),
            EntryValue::Text(text) => Value::Text(text.get(&self.text)),
            EntryValue::Bytes { at, len } => Value::Bytes(self.bytes_at(at, len)),
            EntryValue::Moment(_) => Value::Static(""),
        }
    }

    pub(super) fn bytes_at(&self, at: u32, len: u32) -> &[u8] {
        let at = at as usize;
        self.bytes.get(at..at + len as usize).unwrap_or_default()
    }

    /// The fields of a log record.
    pub(super) fn fields_of(&self, record: u32) -> &[Entry] {
        let Some(EntryKind::Record { fields }) = self.get(record).map(|entry| entry.kind) else {
            return &[];
        };
        let first = record as usize + 1;
        self.all
            .get(first..first + usize::from(fields))
            .unwrap_or_default()
    }

    /// Copies an entry of other buffers, and for a log record its fields too.
    pub(super) fn copy(&mut self, from: &Self, index: u32, chain: &mut Chain) {
        let Some(entry) = from.get(index) else { return };
        let (key, value) = (
            self.copy_text(from, entry.key),
            self.copy_value(from, entry.value),
        );
        self.link(chain, key, value, entry.kind);
        for field in from.fields_of(index) {
            let (key, value) = (
                self.copy_text(from, field.key),
                self.copy_value(from, field.value),
            );
            self.all.push(Entry { key, value, ..*field });
        }
    }

    /// Copies the chain of other buffers that ends with this entry.
    pub(super) fn copy_chain(&mut self, from: &Self, last: u32) -> Chain {
        let mut chain = Chain::EMPTY;
        if from.back_from(last).nth(LONGEST_CHAIN).is_none() {
            for index in from.in_order(last) {
                self.copy(from, index, &mut chain);
            }
            return chain;
        }
        let indices: Vec<u32> = from.back_from(last).map(|(index, _)| index).collect();
        for index in indices.into_iter().rev() {
            self.copy(from, index, &mut chain);
        }
        chain
    }

    fn copy_text(&mut self, from: &Self, text: EntryText) -> EntryText {
        match text {
            EntryText::Static(_) => text,
            EntryText::Buffered { .. } => self.add_text(text.get(&from.text)),
        }
    }

    fn copy_value(&mut self, from: &Self, value: EntryValue) -> EntryValue {
        match value {
            EntryValue::Text(text) => EntryValue::Text(self.copy_text(from, text)),
            EntryValue::Bytes { at, len } => self.add_bytes(from.bytes_at(at, len), usize::MAX),
            other => other,
        }
    }

    /// Copies all entries of other buffers behind these. Chains of the other buffers begin so many entries later.
    pub(super) fn append(&mut self, other: &Self) -> u32 {
        let [all, text, bytes] =
            [self.all.len(), self.text.len(), self.bytes.len()].map(|length| length as u32);
        let first = self.all.len();
        // In one piece, and then only what differs is written: that takes half of the time.
        self.all.extend_from_slice(&other.all);
        for entry in self.all.get_mut(first..).unwrap_or_default() {
            entry.key.shift(text);
            entry.value.shift(text, bytes);
            if entry.previous != NONE {
                entry.previous += all;
            }
        }
        self.text.push_str(&other.text);
        self.bytes.extend_from_slice(&other.bytes);
        all
    }
}

/// The fields that have a value.
pub(super) fn present<'f, 'v>(fields: &'f [Option<Field<'v>>]) -> impl Iterator<Item = &'f Field<'v>> {
    fields.iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::delivery::bounds::tests::bounds;

    fn with(all: usize, text: usize, bytes: usize) -> Entries {
        let mut entries = Entries::new();
        let mut chain = Chain::EMPTY;
        (0..all).for_each(|_| entries.add_own_tag(&mut chain, "key"));
        entries.add_text(&"x".repeat(text));
        entries.add_bytes(&vec![0; bytes], usize::MAX);
        entries
    }

    #[test]
    fn many_entries_are_many_and_so_is_much_text_or_many_bytes() {
        for (all, text, bytes) in [(MANY, 0, 0), (0, MUCH_TEXT, 0), (0, 0, MUCH_TEXT)] {
            assert!(with(all, text, bytes).are_many());
        }
        assert!(!with(MANY - 1, MUCH_TEXT - 1, MUCH_TEXT - 1).are_many());
    }

    #[test]
    fn no_more_is_admitted_than_can_be_counted() {
        for (all, text, bytes) in [(3, 1, 1), (1, 3, 1), (1, 1, 3)] {
            let entries = with(all, text, bytes);
            assert!(entries.admits(NONE as usize - 4));
            assert!(!entries.admits(NONE as usize - 3));
        }
    }

    #[test]
    fn a_copied_record_keeps_the_keys_and_the_values_of_its_fields() {
        let (mut from, bounds) = (with(0, 10, 0), bounds(128));
        let field = |key: &str, value| {
            Some(Field {
                key: Cow::Owned(key.to_owned()),
                value: Value::Text(value),
            })
        };
        let fields = [field("first", "1"), None, field("second", "2")];
        let mut chain = Chain::EMPTY;
        assert!(from.add_record(&mut chain, Tick::now(), &fields, &bounds));
        let mut copies = Entries::new();
        let mut copied = Chain::EMPTY;
        copies.copy(&from, chain.last, &mut copied);
        let fields: Vec<_> = copies
            .fields_of(copied.last)
            .iter()
            .map(|field| (field.key.get(&copies.text), copies.value_of(field)))
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect();
        assert_eq!(fields, ["first=1", "second=2"]);
    }

    #[test]
    fn a_chain_takes_as_much_text_and_as_many_entries_as_its_limits_say() {
        type Add = fn(&mut Entries, &mut Chain, &str, &Bounds) -> bool;
        let tag: Add = |entries, chain, text, bounds| {
            entries.add_tag(chain, Key::Static("key"), &Value::Text(text), bounds)
        };
        let plain_tag: Add =
            |entries, chain, text, bounds| entries.add_plain_tag(chain, "key", text, ChainLimits::of(bounds));
        let record: Add = |entries, chain, text, bounds| {
            let field = Field {
                key: Cow::Borrowed("key"),
                value: Value::Text(text),
            };
            entries.add_record(chain, Tick::ZERO, &[Some(field)], bounds)
        };
        let (mut entries, bounds) = (Entries::new(), bounds(128));
        for (add, entries_of_one) in [(tag, 1), (plain_tag, 1), (record, 2)] {
            let mut chain = Chain::EMPTY;
            assert!(add(&mut entries, &mut chain, &"x".repeat(MOST_TEXT), &bounds));
            assert!(!add(&mut entries, &mut chain, "x", &bounds));
            let more = (0..100).filter(|_| add(&mut entries, &mut chain, "", &bounds));
            assert_eq!(1 + more.count(), LONGEST_CHAIN / entries_of_one);
        }
    }
}
