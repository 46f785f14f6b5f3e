//! An open span, on a stack or between two polls of its future.

use std::borrow::Cow;
use std::sync::Arc;

use crate::baggage::Baggage;
use crate::batch::{Identity, Record};
use crate::clock::Tick;
use crate::details::Details;
use crate::shared::Shared;
use crate::tracer::Tracer;

/// What opened a slot, and so what may close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    Scope,
    Poll,
}

/// An open span.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u64,
    pub(crate) parent: u64,
    pub(crate) start: Tick,
    pub(crate) name: &'static str,
    pub(crate) segment: u32,
    pub(crate) opener: Opener,
    pub(crate) sampled: bool,
    pub(crate) finish_on_close: bool,
    /// How many changes through handles the segment knows of.
    pub(crate) known_changes: u8,
    pub(crate) details: Details,
    /// Set once somebody holds a handle: then the record is there.
    pub(crate) shared: Option<Arc<Shared>>,
}

impl Slot {
    pub(crate) const VACANT: Self = Self {
        number: 0,
        parent: 0,
        start: Tick::ZERO,
        name: "",
        segment: 0,
        opener: Opener::Scope,
        sampled: false,
        finish_on_close: true,
        known_changes: 0,
        details: Details::NONE,
        shared: None,
    };

    #[cold]
    pub(crate) fn full_name(&self) -> Cow<'static, str> {
        match &self.shared {
            Some(shared) => shared.full_name(),
            None => self.details.name().unwrap_or(Cow::Borrowed(self.name)),
        }
    }

    #[inline]
    pub(crate) fn record(&self) -> Record {
        Record::new(self.number, self.parent, self.name, self.start, Tick::now())
    }
}

/// What a slot takes along when it leaves its thread.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) slot: Slot,
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) tracer: Tracer,
}

/// The span of a future between two polls, and what was opened inside it and is still open.
#[derive(Debug, Default)]
pub(crate) struct Stay {
    pub(crate) own: Option<Parked>,
    pub(crate) inner: Vec<Parked>,
}
