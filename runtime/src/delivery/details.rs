//! What a span says about itself, in buffers of its own: for a span with handles, one off the stack, and one that says
//! too much for the buffers that the spans of a thread share.

use std::borrow::Cow;
use std::mem;
use std::time::SystemTime;

use super::bounds::{Room, SHORTEST_NAME};
use super::entries::{Chain, Entries, present};
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
        for index in from.in_order(chain) {
            let Some(entry) = from.get(index) else { continue };
            match entry.kind {
                EntryKind::Tag => {
                    let value = from.value_of(entry);
                    self.put_tag(entry.key.key(&from.text), &value, usize::MAX);
                }
                EntryKind::Record { .. } => {
                    let place = self.entries.next();
                    self.entries.copy(from, index, &mut Chain::EMPTY.clone());
                    self.add_to_ring(place, records);
                }
                EntryKind::Name => self.put_name(entry.key.key(&from.text)),
                EntryKind::Field | EntryKind::Dead => {}
            }
        }
    }

    /// The bytes that they take.
    pub(crate) fn size(&self) -> usize {
        let references = self.references.len() * size_of::<Reference>();
        self.entries.size() + references + self.index.size()
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
        let key = cut_key(key, bounds.name());
        let is_known = self.find(key.as_str()).is_some();
        let size = size_of::<Entry>() + bounds.text_of(key, value, bounds.value);
        if (is_known || self.tags < bounds.tags) && self.admits(size, room) {
            self.put_tag(key, value, bounds.value);
        } else {
            self.left_out.tags = self.left_out.tags.saturating_add(1);
        }
    }

    /// Sets a short tag that must not be missing.
    pub(crate) fn set_own_tag(&mut self, key: &'static str, value: &Value<'_>) {
        self.put_tag(Key::Static(key), value, usize::MAX);
    }

    fn find(&self, key: &str) -> Option<u32> {
        self.index.find(key, &self.entries)
    }

    /// Adds a tag or replaces its value, which is cut to `longest` bytes.
    fn put_tag(&mut self, key: Key<'_>, value: &Value<'_>, longest: usize) {
        let known = self.find(key.as_str());
        let value = self.entries.add_value(value, longest);
        if let Some(entry) = known.and_then(|place| self.entries.all.get_mut(place as usize)) {
            self.dead += entry.value.buffered();
            entry.value = value;
            return self.rebuild_if_worth();
        }
        let place = self.entries.next();
        let key = self.entries.add_key(key, usize::MAX);
        self.add_entry(key, value, EntryKind::Tag);
        self.tags += 1;
        self.index.add(place, self.tags, &self.entries);
    }

    fn add_entry(&mut self, key: EntryText, value: EntryValue, kind: EntryKind) {
        self.entries.link(&mut Chain::EMPTY.clone(), key, value, kind);
    }

    /// Adds a log record with the current time, as far as there is room.
    pub(crate) fn log(&mut self, fields: &[Option<Field<'_>>], room: Room<'_>) {
        let bounds = room.bounds;
        let all = present(fields).count();
        let kept = all.min(bounds.tags).min(usize::from(u16::MAX));
        let too_many = u32::try_from(all - kept).unwrap_or(u32::MAX);
        self.left_out.fields = self.left_out.fields.saturating_add(too_many);
        let text: usize = present(fields).take(kept).map(|field| bounds.text_of_field(field)).sum();
        if !self.admits((kept + 1) * size_of::<Entry>() + text, room) {
            self.left_out.records = self.left_out.records.saturating_add(1);
            return;
        }
        let place = self.entries.next();
        let time = EntryValue::Moment(Tick::now());
        self.add_entry(EntryText::Static(""), time, EntryKind::Record { fields: kept as u16 });
        self.entries.add_fields(present(fields).take(kept), bounds);
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
        let entries = self.entries.all.get_mut(first..=first + fields).unwrap_or_default();
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
        for index in 0..old.next() {
            match old.get(index).map(|entry| entry.kind) {
                Some(EntryKind::Name) => self.name = Some(self.entries.next()),
                Some(EntryKind::Tag | EntryKind::Record { .. }) => {}
                Some(EntryKind::Field | EntryKind::Dead) | None => continue,
            }
            self.entries.copy(&old, index, &mut Chain::EMPTY.clone());
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

    /// Sets the start time explicitly.
    pub(crate) fn set_start(&mut self, start: SystemTime) {
        self.start = Some(start);
    }

    /// Sets the end time explicitly.
    pub(crate) fn set_end(&mut self, end: SystemTime) {
        self.end = Some(end);
    }

    /// Changes the name. It is short if there is no room, because a span needs one.
    pub(crate) fn rename(&mut self, name: &Cow<'static, str>, room: Room<'_>) {
        let name = cut_key(name.into(), room.bounds.name());
        let size = size_of::<Entry>() + name.buffered(usize::MAX);
        let longest = match self.admits(size, room) {
            true => usize::MAX,
            false => SHORTEST_NAME,
        };
        self.put_name(cut_key(name, longest));
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
        Some(match entry.key.key(&self.entries.text) {
            Key::Static(name) => Cow::Borrowed(name),
            Key::Text(name) => Cow::Owned(name.to_owned()),
        })
    }

    /// The start time, if it was set explicitly.
    pub(crate) fn start(&self) -> Option<SystemTime> {
        self.start
    }

    fn log_panic(&mut self) {
        let place = self.entries.next();
        let fields = [("event", "error"), ("error.kind", "panic")];
        let kind = EntryKind::Record { fields: fields.len() as u16 };
        self.add_entry(EntryText::Static(""), EntryValue::Moment(Tick::now()), kind);
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
        let mut chain = Chain::EMPTY;
        let missing = self.ring.missing();
        for index in 0..self.entries.next() {
            match self.entries.get(index) {
                Some(Entry { kind: EntryKind::Field | EntryKind::Dead, .. }) | None => {}
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
        *self = Self {
            entries: mem::take(&mut self.entries),
            spare: mem::take(&mut self.spare),
            index: mem::take(&mut self.index),
            ring: mem::take(&mut self.ring),
            references: mem::take(&mut self.references),
            ..Self::default()
        };
    }
}

/// The record that stands for so many others.
fn add_missing(entries: &mut Entries, chain: &mut Chain, time: EntryValue, count: usize) {
    let kind = EntryKind::Record { fields: 3 };
    entries.link(chain, EntryText::Static(""), time, kind);
    let text = |text| EntryValue::Text(EntryText::Static(text));
    for (key, value) in [
        ("event", text("dropped Span logs")),
        ("dropped_log_count", EntryValue::Long(count as i64)),
        ("component", text("fedtrace")),
    ] {
        entries.add_field(EntryText::Static(key), value);
    }
}

fn cut_key(key: Key<'_>, limit: usize) -> Key<'_> {
    match key {
        Key::Static(key) => Key::Static(beginning(key, limit)),
        Key::Text(key) => Key::Text(beginning(key, limit)),
    }
}
