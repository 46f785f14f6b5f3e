//! Tags as attributes, whose keys are unique.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::protobuf::Writer;
use crate::delivery::tag_view::{TagView, Tags, ValueView};
use crate::reporter::encoding::not_finite::text_if_not_finite;

/// With more tags than these, equal keys are found by a map.
const FEW: usize = 16;

mod any_value {
    pub(super) const STRING: u64 = 1;
    pub(super) const BOOL: u64 = 2;
    pub(super) const INT: u64 = 3;
    pub(super) const DOUBLE: u64 = 4;
    pub(super) const BYTES: u64 = 7;
}

/// The attributes of a span, an event or a resource. One is used for many spans, because it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Attributes<'a> {
    tags: Vec<TagView<'a>>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Attributes<'a> {
    /// Begins again with these tags. Of several with one key, the last value counts, at the position of the first.
    pub(super) fn fill(&mut self, tags: Tags<'a>) {
        self.tags.clear();
        self.places.clear();
        let are_many = tags.len() > FEW;
        for tag in tags {
            let tag = with_finite_number(tag);
            let place = match are_many {
                true => self.place_by_map(tag.key),
                false => self.position(tag.key),
            };
            match place.and_then(|place| self.tags.get_mut(place)) {
                Some(first) => first.value = tag.value,
                None => self.tags.push(tag),
            }
        }
    }

    fn place_by_map(&mut self, key: &'a str) -> Option<usize> {
        match self.places.entry(key) {
            Entry::Occupied(place) => Some(*place.get()),
            Entry::Vacant(place) => {
                place.insert(self.tags.len());
                None
            }
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.tags.iter().position(|tag| tag.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<ValueView<'a>> {
        self.tags.iter().find(|tag| tag.key == key).map(|tag| tag.value)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    /// Adds an attribute at the end. There is none of this key yet.
    pub(super) fn add(&mut self, key: &'a str, value: ValueView<'a>) {
        self.tags.push(TagView { key, value });
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<ValueView<'a>> {
        let index = self.position(key)?;
        Some(self.tags.remove(index).value)
    }

    /// Removes an attribute and returns it, if it is text.
    pub(super) fn remove_text(&mut self, key: &str) -> Option<&'a str> {
        let text = self.text(key)?;
        self.remove(key);
        Some(text)
    }

    /// Writes each attribute into a field of this number.
    pub(super) fn write(&self, out: &mut Writer, field: u64) {
        for tag in &self.tags {
            write_attribute(out, field, *tag);
        }
    }
}

/// A number that JSON does not have becomes text, as in Thrift.
fn with_finite_number(tag: TagView<'_>) -> TagView<'_> {
    let text = match tag.value {
        ValueView::Double(value) => text_if_not_finite(value),
        _ => None,
    };
    TagView {
        key: tag.key,
        value: text.map_or(tag.value, ValueView::String),
    }
}

pub(super) fn write_attribute(out: &mut Writer, field: u64, tag: TagView<'_>) {
    out.message(field, |out| {
        out.text(1, tag.key);
        out.message(2, |out| match tag.value {
            ValueView::String(text) => out.bytes(any_value::STRING, text.as_bytes()),
            ValueView::Bool(value) => out.varint(any_value::BOOL, value.into()),
            ValueView::Long(value) => out.varint(any_value::INT, value as u64),
            ValueView::Double(value) => out.double(any_value::DOUBLE, value),
            ValueView::Binary(bytes) => out.bytes(any_value::BYTES, bytes),
        });
    });
}
