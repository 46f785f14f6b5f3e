//! Slots: open spans, on a stack or detached between two polls of their future.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;

use super::shared_span::SharedSpan;
use crate::delivery::batch::{FinishedRecord, Identity, SpanStart};
use crate::delivery::details::Details;
use crate::model::baggage::Baggage;
use crate::tracer::core::Tracer;
use crate::util::tick::Tick;

/// The opener of a slot, which alone may close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    Scope,
    Poll,
}

/// The local trace of an empty frame. No thread has as many as this.
const NO_LOCAL_TRACE: u32 = u32::MAX;

/// An open span, or an [empty frame](Slot::empty_frame).
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) span: SpanStart,
    pub(crate) local_trace: u32,
    pub(crate) opener: Opener,
    pub(crate) sampled: bool,
    pub(crate) finish_on_close: bool,
    /// The number of changes through handles that the local trace includes.
    pub(crate) known_changes: u8,
    pub(crate) details: Details,
    /// The shared record, once there is a handle.
    pub(crate) shared: Option<Arc<SharedSpan>>,
}

impl Slot {
    pub(crate) const VACANT: Self = Self {
        span: SpanStart::NONE,
        local_trace: 0,
        opener: Opener::Scope,
        sampled: false,
        finish_on_close: true,
        known_changes: 0,
        details: Details::NONE,
        shared: None,
    };

    /// A slot that is no span. It has no local trace, so that no child can start in it, and says that it is
    /// sampled, so that whoever asks then looks for its tracer, which it does not have either.
    pub(super) const fn empty_frame(number: u64) -> Self {
        let mut slot = Self::VACANT;
        slot.span.number = number;
        slot.local_trace = NO_LOCAL_TRACE;
        slot.opener = Opener::Poll;
        slot.sampled = true;
        slot
    }

    #[inline]
    pub(super) fn is_span(&self) -> bool {
        self.local_trace != NO_LOCAL_TRACE
    }

    #[cold]
    pub(crate) fn full_name(&self) -> Cow<'static, str> {
        match &self.shared {
            Some(shared) => shared.full_name(),
            None => self.details.name().unwrap_or(Cow::Borrowed(self.span.name)),
        }
    }

    /// Moves the details to a shared record. The slot keeps a handle to it.
    pub(crate) fn promote(
        &mut self,
        identity: Identity,
        baggage: Baggage,
        tracer: Tracer,
    ) -> Arc<SharedSpan> {
        let shared = SharedSpan::new(self.span, mem::take(&mut self.details), identity, baggage, tracer);
        self.shared = Some(Arc::clone(&shared));
        shared
    }

    #[inline]
    pub(crate) fn record(&self) -> FinishedRecord {
        FinishedRecord::new(self.span, Tick::now())
    }
}

/// A slot off the stack, with the data that it shared with its local trace.
#[derive(Debug)]
pub(crate) struct DetachedSpan {
    pub(crate) slot: Slot,
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) tracer: Tracer,
}

impl DetachedSpan {
    /// A slot that makes a shared span active on another stack, or again on this one.
    pub(crate) fn of(shared: &Arc<SharedSpan>, opener: Opener, finish_on_close: bool) -> Self {
        // Before the flags: a change that comes in between is then noticed by the next child.
        let known_changes = shared.changes();
        let slot = Slot {
            span: shared.span,
            opener,
            sampled: shared.is_recorded(),
            finish_on_close,
            known_changes,
            shared: Some(Arc::clone(shared)),
            ..Slot::VACANT
        };
        Self {
            slot,
            identity: shared.identity(),
            baggage: shared.baggage(),
            tracer: shared.tracer.clone(),
        }
    }
}

/// The span of a future between two polls, and the spans inside it that are still open.
#[derive(Debug, Default)]
pub(crate) struct DetachedStack {
    pub(crate) own: Option<DetachedSpan>,
    pub(crate) inner: Vec<DetachedSpan>,
}
