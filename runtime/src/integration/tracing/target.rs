//! The span that an event belongs to.

use crate::model::tag::tags;
use crate::model::value::Field;
use crate::span::handle::Span;
use crate::span::recording::Recording;

/// Where the log record of an event goes.
pub(super) enum Target<'a> {
    Active(&'a Recording),
    Explicit(&'a Span),
}

impl Target<'_> {
    pub(super) fn mark_failed(&self) {
        match self {
            Self::Active(recording) => recording.mark_failed(),
            Self::Explicit(span) => {
                span.set_tag(tags::ERROR, true);
            }
        }
    }

    pub(super) fn log(&self, fields: &[Option<Field<'_>>]) {
        match self {
            Self::Active(recording) => recording.log(fields),
            Self::Explicit(span) => span.log_fields(fields),
        }
    }
}
