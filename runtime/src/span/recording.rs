//! The active span, for writing on it while it is recorded.

use std::sync::Arc;

use super::handle::Span;
use super::scope::Scope;
use super::stack;
use super::stack::shared_span::SharedSpan;
use crate::delivery::details::{Details, error_fields};
use crate::delivery::logs::LogLimits;
use crate::metrics::requests::Request;
use crate::model::tag::{Tag, TagValue, tags};
use crate::tracer::global;
use crate::tracer::redaction;
use crate::util::clock::Tick;

/// Whether there is an active span on this thread, and whether it is recorded.
#[derive(Debug)]
pub(crate) enum Active {
    Missing,
    NotRecorded,
    Recorded(Recording),
}

impl Active {
    pub(crate) fn get() -> Self {
        let active = stack::with(|local| {
            // An empty frame has no tracer, so that nothing is found there.
            let slot = local.top()?;
            let recorded = slot
                .shared
                .as_ref()
                .map_or(slot.sampled, |shared| shared.is_recorded());
            if !recorded {
                return Some(Self::NotRecorded);
            }
            let tracer = local.tracer(slot)?.inner();
            Some(Self::Recorded(Recording {
                number: slot.span.number,
                limits: tracer.limits.of_logs(),
            }))
        });
        active.flatten().unwrap_or(Self::Missing)
    }
}

/// An open span of this thread that is recorded, for the code of the attributes.
#[derive(Debug)]
pub struct Recording {
    number: u64,
    limits: LogLimits,
}

impl Recording {
    /// Whether the configuration hides the argument of this tag, which is then not formatted.
    #[inline]
    pub fn redacts(&self, key: &'static str) -> bool {
        redaction::is_used() && redacts(key)
    }

    /// The maximum length of a text in bytes; a longer one would be cut.
    pub fn max_tag_value_length(&self) -> usize {
        self.limits.value
    }

    /// Sets a tag.
    pub fn tag(&self, key: &'static str, value: TagValue) {
        self.set_tag(Tag::new(key, value));
    }

    pub(crate) fn set_tag(&self, mut tag: Tag) {
        if requests_count(&tag.key) {
            Span::of_slot(self.number).set_tag(tag.key, tag.value);
            return;
        }
        tag.value.truncate(self.limits.value);
        self.change("set_tag", |details| details.rare_mut().set_tag(tag));
    }

    /// Marks the span as failed: a tag and a log record.
    pub(crate) fn error(&self, kind: &'static str, mut message: TagValue) {
        message.truncate(self.limits.value);
        self.tag(tags::ERROR, true.into());
        self.log(error_fields(kind.into(), Some(message)));
    }

    pub(crate) fn log(&self, mut fields: Vec<Tag>) {
        for field in &mut fields {
            self.limits.shorten(field);
        }
        let record = (Tick::now(), fields);
        self.change("log_kv", |details| {
            details.rare_mut().logs.push(self.limits.records, record);
        });
    }

    fn change(&self, what: &'static str, change: impl FnOnce(&mut Details)) {
        let mut change = Some(change);
        let shared: Option<Arc<SharedSpan>> = stack::with(|local| {
            let slot = local.find(self.number)?;
            if slot.shared.is_none() {
                if let Some(change) = change.take() {
                    change(&mut slot.details);
                }
            }
            slot.shared.clone()
        })
        .flatten();
        if let (Some(shared), Some(change)) = (shared, change) {
            shared.change_details(what, change);
        }
    }
}

#[cold]
fn redacts(key: &str) -> bool {
    let redacts = stack::with(|local| {
        let tracer = local.tracer(local.active()?)?;
        Some(tracer.inner().redacted_arguments.contain(key))
    });
    redacts.flatten().unwrap_or(false)
}

/// The active span of this thread, if it is recorded.
#[inline]
pub fn recording() -> Option<Recording> {
    if !global::is_on() {
        return None;
    }
    match Active::get() {
        Active::Recorded(recording) => Some(recording),
        Active::NotRecorded | Active::Missing => None,
    }
}

/// Whether a tag of the active span matters for the metrics of requests. Then a handle stores the tag until
/// the span ends.
#[inline]
pub(crate) fn requests_count(key: &str) -> bool {
    Request::reads(key) && counts_requests()
}

#[cold]
fn counts_requests() -> bool {
    let counts = stack::with(|local| Some(local.tracer(local.active()?)?.counts_requests()));
    counts.flatten().unwrap_or(false)
}

/// A span that is about to end, for the code of the attributes.
pub trait Ending {
    /// The number of the span; zero if there is none.
    #[doc(hidden)]
    fn number(&self) -> u64;

    /// The span to write an error on, if it is active and recorded. If it is not recorded, the failure may
    /// still count as a failed request.
    #[doc(hidden)]
    fn failed(&self) -> Option<Recording> {
        if self.number() == 0 {
            return None;
        }
        let recording = recording();
        if recording.is_none() && requests_count(tags::ERROR) {
            Span::of_slot(self.number()).set_tag(tags::ERROR, true);
        }
        recording.filter(|recording| recording.number == self.number())
    }
}

impl Ending for Scope {
    fn number(&self) -> u64 {
        Scope::number(self)
    }
}

/// The span of a future that has completed.
#[derive(Debug, Clone, Copy)]
pub struct EndingPoll(pub(crate) u64);

impl Ending for EndingPoll {
    fn number(&self) -> u64 {
        self.0
    }
}
