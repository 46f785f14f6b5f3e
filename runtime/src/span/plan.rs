//! The description of a span before it starts, and what it says then.

use std::borrow::Cow;
use std::time::SystemTime;

use super::stack;
use super::stack::slot::Extra;
use crate::delivery::bounds::Room;
use crate::delivery::details::Details;
use crate::delivery::entry::Key;
use crate::delivery::identity::Identity;
use crate::model::finished_span::Reference;
use crate::model::tag::Tag;
use crate::model::value::Value;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;

/// The description of a span before it starts.
#[derive(Debug, Default)]
pub(crate) struct SpanPlan {
    pub(crate) name: Cow<'static, str>,
    /// The parent, unless it is the active span.
    pub(crate) parent: Option<SpanContext>,
    pub(crate) ignore_active: bool,
    /// The parent, if there is no other.
    pub(crate) fallback_parent: Option<SpanContext>,
    pub(crate) references: Vec<Reference>,
    /// The number of further ones.
    pub(crate) left_out_references: u32,
    pub(crate) tags: Vec<Tag>,
    /// Whether to keep the tags even if the span is not sampled, because it is about to be forced.
    pub(crate) keep_tags: bool,
    pub(crate) start: Option<SystemTime>,
    pub(crate) tracer: Option<Tracer>,
    pub(crate) finish_on_close: bool,
}

/// Says what a span begins with, and then the tags of its plan.
pub(super) type Say = fn(&mut Details, Room<'_>, &[Tag]);

/// Sets the tags of a plan.
pub(crate) fn set_tags(details: &mut Details, room: Room<'_>, tags: &[Tag]) {
    for tag in tags {
        details.set_tag(Key::from(&tag.key), &Value::from(&tag.value), room);
    }
}

impl SpanPlan {
    /// Moves the description to details of the span, if there is more than a name. Returns the name, if it is a literal.
    pub(super) fn describe(
        &mut self,
        identity: &Identity,
        tracer: &Tracer,
        say: Option<impl FnOnce(&mut Details, Room<'_>, &[Tag])>,
    ) -> (&'static str, Extra) {
        let is_recorded = identity.flags.is_recorded() || self.keep_tags;
        let is_kept = is_recorded || identity.parent.is_none() || identity.remote_parent;
        if !is_kept {
            self.tags.clear();
        }
        let say = say.filter(|_| is_kept);
        if let (true, None, Cow::Borrowed(name)) = (self.says_nothing(), &say, &self.name) {
            return (name, Extra::None);
        }
        let mut details = stack::new_details();
        let bounds = &tracer.inner().bounds;
        if !self.references.is_empty() || self.left_out_references > 0 {
            details.refer(&self.references, self.left_out_references, bounds.recorded());
        }
        if let Some(start) = self.start {
            details.set_start(start);
        }
        let room = match is_recorded {
            true => bounds.recorded(),
            false => bounds.unrecorded(),
        };
        match say {
            Some(say) => say(&mut details, room, &self.tags),
            None => set_tags(&mut details, room, &self.tags),
        }
        let name = match &self.name {
            Cow::Borrowed(name) => name,
            owned @ Cow::Owned(_) => {
                details.rename(owned.into(), bounds.recorded());
                ""
            }
        };
        (name, Extra::Own(details))
    }

    fn says_nothing(&self) -> bool {
        self.tags.is_empty()
            && self.references.is_empty()
            && self.left_out_references == 0
            && self.start.is_none()
    }
}
