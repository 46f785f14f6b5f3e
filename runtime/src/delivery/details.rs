//! The optional parts of a span: tags, logs, references and the like.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::logs::Logs;
use crate::model::finished_span::Reference;
use crate::model::tag::{Tag, TagValue, tags};
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
    pub(crate) tags: Vec<Tag>,
    pub(crate) logs: Logs,
    pub(crate) references: Vec<Reference>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) end: Option<SystemTime>,
}

impl RareFields {
    pub(crate) fn set_tag(&mut self, tag: Tag) {
        match self.tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => known.value = tag.value,
            None => self.tags.push(tag),
        }
    }

    fn heap_size(&self) -> usize {
        let tags = self
            .tags
            .iter()
            .chain(self.logs.iter().flat_map(|(_, fields)| fields));
        let name = self.name.as_ref().map_or(0, |name| name.len());
        let references = self.references.len() * size_of::<Reference>();
        size_of::<Self>() + name + references + tags.map(Tag::heap_size).sum::<usize>()
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

    /// Records how the span ended.
    pub(crate) fn mark(&mut self, end: End) {
        match end {
            End::Done => {}
            End::Cancelled => self.rare_mut().set_tag(Tag::new(tags::CANCELLED, true)),
            End::Panicked => {
                let extra = self.rare_mut();
                extra.set_tag(Tag::new(tags::ERROR, true));
                extra
                    .logs
                    .push_last((Tick::now(), error_fields("panic".into(), None)));
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

    pub(crate) fn heap_size(&self) -> usize {
        self.extra.as_ref().map_or(0, |extra| extra.heap_size())
    }

    pub(crate) fn into_rare(self) -> RareFields {
        let mut extra = self.extra.map(|extra| *extra).unwrap_or_default();
        if let Some(decision) = self.decision {
            let own = std::mem::replace(&mut extra.tags, decision.as_ref().clone());
            own.into_iter().for_each(|tag| extra.set_tag(tag));
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
