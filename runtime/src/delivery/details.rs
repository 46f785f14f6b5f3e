//! The optional parts of a span: tags, logs, references and the like.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;
use std::time::SystemTime;

use super::bounds::{Room, SHORTEST_NAME};
use super::logs::Logs;
use super::memory::Charge;
use super::tag_set::TagSet;
use crate::metrics::stats::LeftOut;
use crate::model::finished_span::Reference;
use crate::model::tag::{Tag, TagValue, heap_size, tags};
use crate::util::text::cut;
use crate::util::tick::Tick;

/// How a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Panicked,
    Cancelled,
}

/// The fields that most spans do not have.
#[derive(Debug, Default)]
pub(crate) struct RareFields {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) tags: TagSet,
    pub(crate) logs: Logs,
    pub(crate) references: Vec<Reference>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) end: Option<SystemTime>,
    pub(crate) left_out: LeftOut,
    charge: Charge,
}

impl RareFields {
    /// The bytes that they take, at most.
    #[inline]
    fn size(&self) -> usize {
        match self.charge.used() {
            // Most spans have a few tags.
            Some(used) => size_of::<Self>() + used + self.tags.unused(),
            None => self.heap_size(),
        }
    }

    #[cold]
    fn heap_size(&self) -> usize {
        let name = self.name.as_ref().map_or(0, heap_size);
        let references = self.references.capacity() * size_of::<Reference>();
        size_of::<Self>() + name + references + self.tags.heap_size() + self.logs.heap_size()
    }

    /// Whether there is room for so many bytes more.
    #[inline]
    fn admits(&mut self, more: usize, room: Room<'_>) -> bool {
        self.charge.spend(more) || self.ask(more, room)
    }

    #[cold]
    fn ask(&mut self, more: usize, room: Room<'_>) -> bool {
        let mut charge = mem::take(&mut self.charge);
        let has_room = charge.ask(more, room.bytes, &room.bounds.memory, || self.heap_size());
        self.charge = charge;
        has_room
    }

    #[inline]
    fn set_tag(&mut self, mut tag: Tag, room: Room<'_>) {
        room.bounds.shorten_tag(&mut tag);
        let known = self.tags.find(&tag.key);
        let has_place = known.is_some() || self.tags.len() < room.bounds.tags;
        if !(has_place && self.admits(tag.heap_size(), room)) {
            self.left_out.tags = self.left_out.tags.saturating_add(1);
            return;
        }
        match known {
            Some(place) => self.tags.replace(place, tag),
            None => self.tags.push(tag),
        }
    }

    fn log(&mut self, mut fields: Vec<Tag>, room: Room<'_>) {
        let left_out = room.bounds.shorten_fields(&mut fields);
        self.left_out.fields = self.left_out.fields.saturating_add(left_out);
        let record = (Tick::now(), fields);
        if self.admits(Logs::size_of(&record), room) {
            self.logs.push(room.bounds.records, record);
        } else {
            self.left_out.records = self.left_out.records.saturating_add(1);
        }
    }
}

/// The optional parts of a span.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// The tags of the sampler's decision, shared by all spans with the same decision.
    pub(crate) decision: Option<Arc<Vec<Tag>>>,
    extra: Option<Box<RareFields>>,
}

impl Details {
    pub(crate) const NONE: Self = Self {
        decision: None,
        extra: None,
    };

    pub(crate) fn rare_mut(&mut self) -> &mut RareFields {
        self.extra.get_or_insert_default()
    }

    /// Sets a tag, as far as there is room.
    #[inline]
    pub(crate) fn set_tag(&mut self, tag: Tag, room: Room<'_>) {
        self.rare_mut().set_tag(tag, room);
    }

    /// Sets a short tag that must not be missing.
    pub(crate) fn set_own_tag(&mut self, tag: Tag) {
        self.rare_mut().tags.set(tag);
    }

    /// Adds a log record with the current time, as far as there is room.
    pub(crate) fn log(&mut self, fields: Vec<Tag>, room: Room<'_>) {
        self.rare_mut().log(fields, room);
    }

    /// Sets the references, if there is room for them. `left_out` were too many already.
    pub(crate) fn refer(&mut self, references: Vec<Reference>, left_out: u32, room: Room<'_>) {
        let extra = self.rare_mut();
        extra.left_out.references = left_out;
        if extra.admits(references.capacity() * size_of::<Reference>(), room) {
            extra.references = references;
        } else {
            let dropped = u32::try_from(references.len()).unwrap_or(u32::MAX);
            extra.left_out.references = left_out.saturating_add(dropped);
        }
    }

    /// Changes the name. It is short if there is no room, because a span needs one.
    pub(crate) fn rename(&mut self, mut name: Cow<'static, str>, room: Room<'_>) {
        cut(&mut name, room.bounds.name());
        let extra = self.rare_mut();
        if !extra.admits(heap_size(&name), room) {
            cut(&mut name, SHORTEST_NAME);
        }
        extra.name = Some(name);
    }

    /// Records how the span ended.
    pub(crate) fn mark(&mut self, end: End) {
        match end {
            End::Done => {}
            End::Cancelled => self.set_own_tag(Tag::new(tags::CANCELLED, true)),
            End::Panicked => {
                self.set_own_tag(Tag::new(tags::ERROR, true));
                let record = (Tick::now(), error_fields("panic".into(), None));
                self.rare_mut().logs.push_last(record);
            }
        }
    }

    /// The name, if it differs from the name in the record.
    pub(crate) fn name(&self) -> Option<Cow<'static, str>> {
        self.extra.as_ref().and_then(|extra| extra.name.clone())
    }

    /// The start time, if it was set explicitly.
    pub(crate) fn start(&self) -> Option<SystemTime> {
        self.extra.as_ref().and_then(|extra| extra.start)
    }

    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        self.extra.is_none() && self.decision.is_none()
    }

    /// The bytes that they take, for the memory limit of the queue.
    pub(crate) fn heap_size(&self) -> usize {
        let decision = self
            .decision
            .as_ref()
            .map_or(0, |tags| tags.len() * size_of::<Tag>());
        decision + self.extra.as_ref().map_or(0, |extra| extra.size())
    }

    /// Whether they count as those of an open span.
    #[inline]
    pub(crate) fn are_charged(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.charge.has_taken())
    }

    /// Counts no longer as those of an open span.
    pub(crate) fn discharge(&mut self) {
        if let Some(extra) = &mut self.extra {
            extra.charge.give_back();
        }
    }

    pub(crate) fn into_rare(self) -> RareFields {
        let mut extra = self.extra.map(|extra| *extra).unwrap_or_default();
        if let Some(decision) = self.decision {
            let own = mem::replace(&mut extra.tags, TagSet::new(decision.as_ref().clone()));
            own.into_tags().into_iter().for_each(|tag| extra.tags.set(tag));
        }
        extra
    }
}

/// The tag and the fields of the log record that mark a span as failed.
pub(crate) fn error_fields(kind: Cow<'static, str>, message: Option<TagValue>) -> Vec<Tag> {
    let mut fields = vec![Tag::new("event", "error"), Tag::new("error.kind", kind)];
    fields.extend(message.map(|message| Tag::new("message", message)));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::bounds::tests::bounds;
    use crate::delivery::tag_set::tests::{comparisons_in, keys};

    fn details(keys: impl Iterator<Item = Tag>, room: Room<'_>) -> Details {
        let mut details = Details {
            decision: Some(Arc::new(vec![
                Tag::new("sampler.type", "const"),
                Tag::new("0", "sampler"),
            ])),
            ..Details::NONE
        };
        keys.for_each(|tag| details.set_tag(tag, room));
        details
    }

    #[test]
    fn three_times_the_keys_cost_at_most_three_times_as_much_on_the_caller_and_in_the_worker() {
        for limit in [128, usize::MAX] {
            let bounds = bounds(limit);
            let cost = |count| {
                let mut made = Details::NONE;
                let caller = comparisons_in(|| made = details(keys(count), bounds.recorded()));
                (caller, comparisons_in(|| drop(made.into_rare())))
            };
            let (small, large) = (cost(10_000), cost(30_000));
            assert!(
                large.0 <= 3 * small.0 && large.1 <= 3 * small.1,
                "{small:?} {large:?}"
            );
        }
    }

    #[test]
    fn the_tags_of_the_sampler_are_first_and_its_values_give_way() {
        let bounds = bounds(128);
        let rare = details(keys(2), bounds.recorded()).into_rare();
        assert_eq!(
            rare.tags.into_tags(),
            [
                Tag::new("sampler.type", "const"),
                Tag::new("0", 0),
                Tag::new("1", 1)
            ]
        );
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let bounds = bounds(3);
        let mut details = details(keys(5), bounds.recorded());
        details.log(keys(4).collect(), bounds.recorded());
        let expected = LeftOut {
            tags: 2,
            fields: 1,
            ..LeftOut::default()
        };
        assert_eq!(details.rare_mut().left_out, expected);

        let unrecorded = Room {
            bounds: &bounds,
            bytes: details.heap_size(),
        };
        details.log(keys(1).collect(), unrecorded);
        assert_eq!(details.rare_mut().left_out.records, 1);
    }
}
