//! What a span says about itself, in buffers of its own: for a span with handles, one off the stack, and one that says
//! too much for the buffers that the spans of a thread share.

use std::borrow::Cow;
use std::mem;
use std::time::SystemTime;

use super::bounds::{MAX_REFERENCES, Room, SHORTEST_NAME};
use super::chain::Chain;
use super::entries::{Entries, present};
use super::entry::{Entry, EntryKind, EntryText, EntryValue, Key};
use super::memory::Charge;
use super::record_ring::RecordRing;
use super::tag_index::TagIndex;
use crate::metrics::stats::LeftOut;
use crate::model::finished_span::Reference;
use crate::model::tag::tags;
use crate::model::value::{Field, Value};
use crate::util::text::beginning;
use crate::util::tick::Tick;

/// How a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Panicked,
    Cancelled,
}

/// The buffers are rebuilt when so many bytes of them, and half of them, were replaced.
const WORTH_REBUILDING: usize = 1024;

/// Tags, logs, references and the like of one span.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(super) entries: Entries,
    /// All entries but the fields of log records.
    chain: Chain,
    /// The buffers before they were rebuilt, kept for the next time.
    spare: Entries,
    index: TagIndex,
    pub(super) ring: RecordRing,
    tags: usize,
    /// The bytes of what was replaced.
    dead: usize,
    name: Option<u32>,
    pub(super) references: Vec<Reference>,
    pub(super) start: Option<SystemTime>,
    pub(super) end: Option<SystemTime>,
    pub(super) left_out: LeftOut,
    charge: Charge,
}

impl Details {
    /// Takes over the entries of a span that were in shared buffers.
    pub(crate) fn take_over(&mut self, from: &Entries, chain: Chain, records: usize) {
        for index in from.in_order(chain.last) {
            let Some(entry) = from.get(index) else { continue };
            match entry.kind {
                EntryKind::Tag => self.take_over_tag(from, index, entry),
                EntryKind::Record { .. } => {
                    let place = self.entries.next();
                    self.entries.copy(from, index, &mut self.chain);
                    self.add_to_ring(place, records);
                }
                // Names and what was replaced are only in details.
                EntryKind::Name | EntryKind::Field | EntryKind::Dead => {}
            }
        }
    }

    fn take_over_tag(&mut self, from: &Entries, index: u32, entry: &Entry) {
        let key = entry.key.key(&from.text);
        if self.find(key.as_str()).is_some() {
            return self.put_tag(key, &from.value_of(entry), usize::MAX);
        }
        let place = self.entries.next();
        self.entries.copy(from, index, &mut self.chain);
        self.count_tag(place);
    }

    /// The bytes that they take.
    pub(crate) fn size(&self) -> usize {
        self.copied_size() + self.index.size()
    }

    /// The bytes of it that a batch gets.
    #[inline]
    pub(super) fn copied_size(&self) -> usize {
        self.entries.size() + self.references.len() * size_of::<Reference>()
    }

    /// Whether there is room for so many bytes more.
    fn admits(&mut self, more: usize, room: Room<'_>) -> bool {
        let has_room = |details: &mut Self| {
            let size = details.size().saturating_add(more);
            size <= room.bytes
                && details.entries.admits(more)
                && details.charge.ask(size, room.bytes, &room.bounds.memory)
        };
        has_room(self) || (self.dead > 0 && has_room(self.rebuilt()))
    }

    /// Sets a tag, as far as there is room.
    pub(crate) fn set_tag(&mut self, key: Key<'_>, value: &Value<'_>, room: Room<'_>) {
        let bounds = room.bounds;
        let key = key.cut(bounds.name());
        let mut known = self.find(key.as_str());
        let size = size_of::<Entry>() + bounds.text_of(key, value, bounds.value);
        let may_move = self.dead > 0;
        if (known.is_some() || self.tags < bounds.tags) && self.admits(size, room) {
            if may_move {
                known = self.find(key.as_str());
            }
            self.put_at(known, key, value, bounds.value);
        } else {
            self.left_out.tags = self.left_out.tags.saturating_add(1);
        }
    }

    /// Sets the tags with which a span begins, each with a key of its own, as far as there is room.
    #[cfg(feature = "tower")]
    pub(crate) fn begin_with(&mut self, tags: &[Option<(&'static str, Value<'_>)>], room: Room<'_>) {
        let bounds = room.bounds;
        let (mut count, mut size) = (0, 0);
        for (key, value) in tags.iter().flatten() {
            count += 1;
            size += size_of::<Entry>() + bounds.text_of(Key::Static(key), value, bounds.value);
        }
        let is_new = self.tags == 0 && count <= bounds.tags && self.admits(size, room);
        for (key, value) in tags.iter().flatten() {
            match is_new {
                true => self.add_tag(Key::Static(key), value, bounds.value),
                false => self.set_tag(Key::Static(key), value, room),
            }
        }
    }

    /// Sets a short tag that must not be missing.
    pub(crate) fn set_own_tag(&mut self, key: &'static str, value: &Value<'_>) {
        self.put_tag(Key::Static(key), value, usize::MAX);
    }

    /// The value of a tag.
    pub(crate) fn tag(&self, key: &str) -> Option<Value<'_>> {
        let entry = self.entries.get(self.find(key)?)?;
        Some(self.entries.value_of(entry))
    }

    fn find(&self, key: &str) -> Option<u32> {
        self.index.find(key, &self.entries)
    }

    /// Adds a tag or replaces its value, which is cut to `longest` bytes.
    fn put_tag(&mut self, key: Key<'_>, value: &Value<'_>, longest: usize) {
        self.put_at(self.find(key.as_str()), key, value, longest);
    }

    /// The same if the tag with this key is known to be at this place.
    fn put_at(&mut self, known: Option<u32>, key: Key<'_>, value: &Value<'_>, longest: usize) {
        let Some(place) = known else {
            return self.add_tag(key, value, longest);
        };
        let value = self.entries.add_value(value, longest);
        if let Some(entry) = self.entries.all.get_mut(place as usize) {
            self.dead += entry.value.buffered();
            entry.value = value;
            self.rebuild_if_worth();
        }
    }

    fn add_tag(&mut self, key: Key<'_>, value: &Value<'_>, longest: usize) {
        let place = self.entries.next();
        let key = self.entries.add_key(key, usize::MAX);
        // Most values, each for itself, so that its parts are written where they belong.
        match value {
            Value::Static(text) => {
                let text = EntryText::Static(beginning(text, longest));
                self.add_entry(key, EntryValue::Text(text), EntryKind::Tag);
            }
            Value::Text(text) => {
                let text = self.entries.add_text(beginning(text, longest));
                self.add_entry(key, EntryValue::Text(text), EntryKind::Tag);
            }
            Value::Long(value) => self.add_entry(key, EntryValue::Long(*value), EntryKind::Tag),
            value => {
                let value = self.entries.add_value(value, longest);
                self.add_entry(key, value, EntryKind::Tag);
            }
        }
        self.count_tag(place);
    }

    fn count_tag(&mut self, place: u32) {
        self.tags += 1;
        self.index.add(place, self.tags, &self.entries);
    }

    fn add_entry(&mut self, key: EntryText, value: EntryValue, kind: EntryKind) {
        self.entries.link(&mut self.chain, key, value, kind);
    }

    /// Adds a log record with the current time, as far as there is room.
    pub(crate) fn log(&mut self, fields: &[Option<Field<'_>>], room: Room<'_>) {
        let bounds = room.bounds;
        let all = present(fields).count();
        let kept = all.min(bounds.tags).min(usize::from(u16::MAX));
        let too_many = u32::try_from(all - kept).unwrap_or(u32::MAX);
        self.left_out.fields = self.left_out.fields.saturating_add(too_many);
        let text: usize = present(fields)
            .take(kept)
            .map(|field| bounds.text_of_field(field))
            .sum();
        if !self.admits((kept + 1) * size_of::<Entry>() + text, room) {
            self.left_out.records = self.left_out.records.saturating_add(1);
            return;
        }
        let place = self.entries.next();
        let time = EntryValue::Moment(Tick::now());
        self.entries.begin_record(&mut self.chain, time, kept as u16);
        self.entries.add_fields(present(fields).take(kept), bounds);
        self.add_to_ring(place, bounds.records);
    }

    /// The same with nothing but an event, at this time.
    #[cfg(feature = "tower")]
    pub(crate) fn log_event(&mut self, event: &'static str, time: Tick, room: Room<'_>) {
        let bounds = room.bounds;
        if bounds.tags == 0 || !self.admits(2 * size_of::<Entry>(), room) {
            // So that what is left out is counted.
            return self.log(&[Some(Field::of_static("event", event))], room);
        }
        let place = self.entries.next();
        let time = EntryValue::Moment(time);
        self.entries.begin_record(&mut self.chain, time, 1);
        let event = EntryValue::Text(EntryText::Static(beginning(event, bounds.value)));
        self.entries.add_field(EntryText::Static("event"), event);
        self.add_to_ring(place, bounds.records);
    }

    fn add_to_ring(&mut self, place: u32, limit: usize) {
        self.ring.limit_to(limit);
        if let Some(replaced) = self.ring.add(place) {
            self.bury(replaced);
            self.rebuild_if_worth();
        }
    }

    /// Marks an entry, with its fields, as replaced.
    fn bury(&mut self, place: u32) {
        let fields = self.entries.fields_of(place).len();
        let first = place as usize;
        let entries = self
            .entries
            .all
            .get_mut(first..=first + fields)
            .unwrap_or_default();
        for entry in entries {
            self.dead += size_of::<Entry>() + entry.buffered();
            entry.kind = EntryKind::Dead;
        }
    }

    fn rebuild_if_worth(&mut self) {
        if self.dead > WORTH_REBUILDING && self.dead > self.entries.size() / 2 {
            self.rebuilt();
        }
    }

    /// Leaves out what was replaced.
    fn rebuilt(&mut self) -> &mut Self {
        let old = mem::replace(&mut self.entries, mem::take(&mut self.spare));
        self.chain = Chain::EMPTY;
        for index in 0..old.next() {
            match old.get(index).map(|entry| entry.kind) {
                Some(EntryKind::Name) => self.name = Some(self.entries.next()),
                Some(EntryKind::Tag | EntryKind::Record { .. }) => {}
                Some(EntryKind::Field | EntryKind::Dead) | None => continue,
            }
            self.entries.copy(&old, index, &mut self.chain);
        }
        self.index.move_to(&self.entries);
        self.ring.move_to(self.entries.records());
        self.dead = 0;
        self.spare = old;
        self.spare.clear();
        self
    }

    /// Sets the references, if there is room for them. `left_out` were too many already.
    pub(crate) fn refer(&mut self, references: &[Reference], left_out: u32, room: Room<'_>) {
        self.left_out.references = self.left_out.references.saturating_add(left_out);
        if self.admits(size_of_val(references), room) {
            self.references.extend_from_slice(references);
        } else {
            let dropped = u32::try_from(references.len()).unwrap_or(u32::MAX);
            self.left_out.references = self.left_out.references.saturating_add(dropped);
        }
    }

    /// Adds a reference, if there is room for it.
    pub(crate) fn follow(&mut self, reference: Reference, room: Room<'_>) {
        if self.references.len() < MAX_REFERENCES {
            self.refer(&[reference], 0, room);
        } else {
            self.left_out.references = self.left_out.references.saturating_add(1);
        }
    }

    /// Removes the references to the span of this one.
    pub(crate) fn forget_reference(&mut self, reference: &Reference) {
        self.references.retain(|known| known != reference);
    }

    /// Sets the start time explicitly.
    pub(crate) fn set_start(&mut self, start: SystemTime) {
        self.start = Some(start);
    }

    /// Sets the end time explicitly.
    pub(crate) fn set_end(&mut self, end: SystemTime) {
        self.end = Some(end);
    }

    /// Changes the name. It is short if there is no room, because a span needs one.
    pub(crate) fn rename(&mut self, name: Key<'_>, room: Room<'_>) {
        let name = name.cut(room.bounds.name());
        let size = size_of::<Entry>() + name.buffered(usize::MAX);
        let longest = match self.admits(size, room) {
            true => usize::MAX,
            false => SHORTEST_NAME,
        };
        self.put_name(name.cut(longest));
    }

    fn put_name(&mut self, name: Key<'_>) {
        if let Some(old) = self.name.replace(self.entries.next()) {
            self.bury(old);
        }
        let name = self.entries.add_key(name, usize::MAX);
        self.add_entry(name, EntryValue::Bool(true), EntryKind::Name);
        self.rebuild_if_worth();
    }

    /// Records how the span ended.
    pub(crate) fn mark(&mut self, end: End) {
        match end {
            End::Done => {}
            End::Cancelled => self.set_own_tag(tags::CANCELLED, &Value::Bool(true)),
            End::Panicked => {
                self.set_own_tag(tags::ERROR, &Value::Bool(true));
                self.log_panic();
            }
        }
    }

    /// The name, if it differs from the name in the record.
    pub(crate) fn name(&self) -> Option<Cow<'static, str>> {
        let entry = self.entries.get(self.name?)?;
        Some(entry.key.key(&self.entries.text).to_cow())
    }

    /// The start time, if it was set explicitly.
    pub(crate) fn start(&self) -> Option<SystemTime> {
        self.start
    }

    fn log_panic(&mut self) {
        let place = self.entries.next();
        let fields = [("event", "error"), ("error.kind", "panic")];
        let time = EntryValue::Moment(Tick::now());
        self.entries
            .begin_record(&mut self.chain, time, fields.len() as u16);
        for (key, value) in fields {
            let value = EntryValue::Text(EntryText::Static(value));
            self.entries.add_field(EntryText::Static(key), value);
        }
        if let Some(replaced) = self.ring.add(place) {
            self.bury(replaced);
        }
    }

    /// Copies the entries to shared buffers, and says where they are. Each of the tags has a key of its own.
    pub(super) fn copy_to(&self, entries: &mut Entries) -> Chain {
        let missing = self.ring.missing();
        if missing.is_none() {
            let first = entries.append(&self.entries);
            return self.chain.shifted(first);
        }
        let mut chain = Chain::EMPTY;
        for index in 0..self.entries.next() {
            match self.entries.get(index) {
                Some(Entry {
                    kind: EntryKind::Field | EntryKind::Dead,
                    ..
                })
                | None => {}
                Some(entry) => match missing {
                    Some((place, count)) if place == index => {
                        add_missing(entries, &mut chain, entry.value, count);
                    }
                    _ => entries.copy(&self.entries, index, &mut chain),
                },
            }
        }
        chain
    }

    /// Gives back what was taken of the tracer's memory.
    pub(crate) fn discharge(&mut self) {
        self.charge = Charge::default();
    }

    /// The bytes for which there is memory.
    pub(crate) fn capacity(&self) -> usize {
        let references = self.references.capacity() * size_of::<Reference>();
        self.entries.capacity() + self.spare.capacity() + self.index.capacity() + references
    }

    /// Forgets everything but the memory, and gives back what was taken of the tracer's.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.index.clear();
        self.ring.clear();
        self.references.clear();
        self.chain = Chain::EMPTY;
        self.tags = 0;
        self.dead = 0;
        self.name = None;
        self.start = None;
        self.end = None;
        self.left_out = LeftOut::NONE;
        self.discharge();
    }
}

/// The record that stands for so many others.
fn add_missing(entries: &mut Entries, chain: &mut Chain, time: EntryValue, count: usize) {
    entries.begin_record(chain, time, 3);
    let text = |text| EntryValue::Text(EntryText::Static(text));
    for (key, value) in [
        ("event", text("dropped Span logs")),
        ("dropped_log_count", EntryValue::Long(count as i64)),
        ("component", text("fedtrace")),
    ] {
        entries.add_field(EntryText::Static(key), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::bounds::tests::bounds;
    use crate::delivery::tag_index::tests::comparisons_in;

    fn set(details: &mut Details, key: &str, value: &Value<'_>, room: Room<'_>) {
        details.set_tag(Key::Text(key), value, room);
    }

    fn with_tags(count: i64, room: Room<'_>) -> Details {
        let mut details = Details::default();
        for key in 0..count {
            set(&mut details, &key.to_string(), &Value::Long(key), room);
        }
        details
    }

    fn fields(count: usize) -> Vec<Option<Field<'static>>> {
        (0..count)
            .map(|_| Some(Field::of_static("key", "value")))
            .collect()
    }

    #[test]
    fn three_times_the_keys_cost_at_most_three_times_as_much() {
        for limit in [128, usize::MAX] {
            let bounds = bounds(limit);
            let cost = |count| comparisons_in(|| drop(with_tags(count, bounds.recorded())));
            let (small, large) = (cost(10_000), cost(30_000));
            assert!(large <= 3 * small, "{small:?} {large:?}");
        }
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let bounds = bounds(3);
        let mut details = with_tags(5, bounds.recorded());
        details.log(&fields(4), bounds.recorded());
        let mut expected = LeftOut {
            tags: 2,
            fields: 1,
            ..LeftOut::NONE
        };
        assert_eq!(details.left_out, expected);

        let unrecorded = Room {
            bounds: &bounds,
            bytes: details.size(),
        };
        details.log(&fields(1), unrecorded);
        expected.records = 1;
        assert_eq!(details.left_out, expected);
    }

    #[test]
    fn values_that_are_replaced_make_room_for_others() {
        let bounds = bounds(3);
        let room = Room {
            bounds: &bounds,
            bytes: 8 * 1024,
        };
        let mut details = Details::default();
        let value = "x".repeat(1_000);
        for _ in 0..1_000 {
            set(&mut details, "key", &Value::Text(&value), room);
        }
        assert_eq!(details.left_out, LeftOut::NONE);
        assert!(details.size() <= room.bytes);
    }

    #[test]
    fn a_value_that_is_replaced_again_and_again_takes_no_more_and_more_memory() {
        let bounds = bounds(3);
        let (text, bytes) = ("x".repeat(1_000), [0; 1_000]);
        for value in [Value::Text(&text), Value::Bytes(&bytes)] {
            let mut details = Details::default();
            for _ in 0..1_000 {
                set(&mut details, "key", &value, bounds.recorded());
            }
            assert!(details.size() < 200 * 1024, "{}", details.size());
        }
    }

    #[test]
    fn a_full_log_makes_room_for_the_newest_records_and_for_that_of_a_panic() {
        let bounds = bounds(3);
        let mut details = Details::default();
        for _ in 0..10_000 {
            details.log(&fields(3), bounds.recorded());
        }
        assert!(details.size() < 200 * 1024, "{}", details.size());
        details.mark(End::Panicked);
        let mut entries = Entries::new();
        details.copy_to(&mut entries);
        let records: Vec<_> = entries.records().collect();
        assert_eq!(records.len(), bounds.records);
        let last = entries.fields_of(records[records.len() - 1]);
        assert_eq!(last[1].key.get(&entries.text), "error.kind");
    }

    #[test]
    fn the_last_name_counts_and_a_long_one_is_short_where_there_is_no_room() {
        let bounds = bounds(3);
        let mut details = Details::default();
        let long = "n".repeat(2_000);
        details.rename(Key::Static("first"), bounds.recorded());
        assert_eq!(details.name().as_deref(), Some("first"));
        details.rename(Key::Text(&long), bounds.recorded());
        assert_eq!(details.name().map(|name| name.len()), Some(bounds.value));
        let full = Room {
            bounds: &bounds,
            bytes: details.size(),
        };
        details.rename(Key::Text(&long), full);
        assert_eq!(details.name().map(|name| name.len()), Some(SHORTEST_NAME));
    }

    #[test]
    fn a_span_that_holds_much_has_taken_it_of_the_memory_until_it_is_cleared() {
        let bounds = bounds(128);
        let mut details = with_tags(100, bounds.recorded());
        assert!(bounds.memory.open() >= details.size());
        details.clear();
        assert_eq!((bounds.memory.open(), details.size()), (0, 0));
        set(&mut details, "key", &Value::Bool(true), bounds.recorded());
        assert_eq!((details.tags, bounds.memory.open()), (1, 0));
    }

    #[test]
    fn the_size_counts_entries_and_references_and_the_index() {
        let bounds = bounds(128);
        let mut details = with_tags(100, bounds.recorded());
        let tags = details.size();
        let index = 2 * 100 * size_of::<(u64, u32)>();
        assert_eq!(tags, details.entries.size() + index);
        let reference = Reference::follows_from(
            crate::model::id::TraceId::from_low(1),
            crate::model::id::SpanId::MIN,
        );
        details.refer(&[reference; 3], 0, bounds.recorded());
        assert_eq!(details.size(), tags + 3 * size_of::<Reference>());
    }

    #[test]
    fn the_memory_that_is_kept_counts_all_buffers_and_the_index() {
        let bounds = bounds(128);
        let mut details = with_tags(100, bounds.recorded());
        set(
            &mut details,
            "text",
            &Value::Text(&"x".repeat(1_000)),
            bounds.recorded(),
        );
        set(&mut details, "bytes", &Value::Bytes(&[0; 500]), bounds.recorded());
        details.clear();
        let Entries { all, text, bytes } = &details.entries;
        let buffers = all.capacity() * size_of::<Entry>() + text.capacity() + bytes.capacity();
        assert_eq!(details.entries.capacity(), buffers);
        let index = 102 * size_of::<(u64, u32)>();
        assert!(details.capacity() >= buffers + details.spare.capacity() + index);
    }

    #[test]
    fn references_beyond_the_room_are_counted() {
        let bounds = bounds(3);
        let (trace_id, span_id) = (
            crate::model::id::TraceId::from_low(1),
            crate::model::id::SpanId::MIN,
        );
        let references = [Reference::follows_from(trace_id, span_id); 3];
        let mut details = Details::default();
        details.refer(&references, 2, bounds.recorded());
        let none = Room {
            bounds: &bounds,
            bytes: 0,
        };
        details.refer(&references, 0, none);
        assert_eq!((details.references.len(), details.left_out.references), (3, 5));
    }

    #[test]
    fn what_was_replaced_is_left_out_once_its_room_is_needed() {
        let bounds = bounds(3);
        let room = Room {
            bounds: &bounds,
            bytes: 2 * (size_of::<Entry>() + 910),
        };
        let mut details = Details::default();
        for letter in ["a", "b", "c"] {
            set(&mut details, "key", &Value::Text(&letter.repeat(900)), room);
        }
        assert_eq!((details.left_out, details.dead), (LeftOut::NONE, 900));
        let value = details.tag("key").unwrap();
        assert_eq!(value.as_str(), Some(&*"c".repeat(900)));
    }

    #[cfg(feature = "tower")]
    #[test]
    fn an_event_has_the_time_that_is_given_or_is_counted_where_there_is_no_room() {
        let limits = bounds(3);
        let mut details = Details::default();
        details.log_event("message", Tick::ZERO, limits.recorded());
        let time = details.entries.get(0).map(|record| record.value);
        assert!(matches!(time, Some(EntryValue::Moment(time)) if time == Tick::ZERO));
        let [field] = details.entries.fields_of(0) else {
            panic!("{details:?}");
        };
        assert_eq!(field.key.get(&details.entries.text), "event");
        assert_eq!(details.entries.value_of(field).as_str(), Some("message"));

        let full = Room {
            bounds: &limits,
            bytes: details.size(),
        };
        details.log_event("message", Tick::ZERO, full);
        details.log_event("message", Tick::ZERO, bounds(0).recorded());
        let expected = LeftOut {
            records: 1,
            fields: 1,
            ..LeftOut::NONE
        };
        assert_eq!(details.left_out, expected);
    }
}
