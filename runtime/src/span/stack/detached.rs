//! Spans off the stack, as between two polls of their future.

use std::mem;
use std::sync::Arc;

use super::home::Home;
use super::local_trace::Place;
use super::shared_span::SharedSpan;
use super::slot::{Extra, Opener, Slot};
use crate::metrics::requests::Request;

/// A slot off the stack. What it says is in details of its own.
#[derive(Debug)]
pub(crate) struct DetachedSlot {
    pub(crate) slot: Slot,
    pub(crate) home: Home,
}

impl DetachedSlot {
    /// A slot that makes a shared span active on another stack, or again on this one.
    pub(crate) fn of(shared: &Arc<SharedSpan>, opener: Opener, finish_on_close: bool) -> Self {
        // Before the flags: a change that comes in between is then noticed by the next child.
        let known_changes = shared.changes();
        let home = shared.home();
        let slot = Slot {
            span: shared.start(),
            opener,
            sampled: home.identity.flags.is_recorded(),
            finish_on_close,
            known_changes,
            extra: Extra::Shared(Arc::clone(shared)),
            ..Slot::VACANT
        };
        Self { slot, home }
    }

    /// Moves the details to a shared record, which is returned.
    pub(crate) fn into_shared(self) -> Arc<SharedSpan> {
        self.into_request(Request::default())
    }

    /// The same for a span that counts as this request.
    pub(crate) fn into_request(self, request: Request) -> Arc<SharedSpan> {
        let details = match self.slot.extra {
            Extra::Shared(shared) => {
                if request != Request::default() {
                    shared.set_request(request);
                }
                return shared;
            }
            Extra::Own(details) => Some(details),
            Extra::None => None,
        };
        SharedSpan::of_request(self.slot.span, details, self.home, request)
    }
}

/// The span of a future between two polls, and the spans inside it that are still open.
///
/// While the span is on a stack, its home stays here, so that a poll costs no counting of references.
#[derive(Debug)]
pub(crate) struct DetachedStack {
    /// Without a number while the span is on a stack.
    pub(super) own: Slot,
    pub(super) home: Option<Home>,
    /// The local trace that it had last.
    pub(super) place: Place,
    pub(super) inner: Vec<DetachedSlot>,
}

impl Default for DetachedStack {
    fn default() -> Self {
        Self {
            own: Slot::VACANT,
            home: None,
            place: Place::default(),
            inner: Vec::new(),
        }
    }
}

impl DetachedStack {
    /// The span, and its home.
    pub(crate) fn take_own(&mut self) -> Option<DetachedSlot> {
        let slot = mem::replace(&mut self.own, Slot::VACANT);
        let home = self.home.take().filter(|_| slot.span.number != 0)?;
        Some(DetachedSlot { slot, home })
    }

    pub(super) fn take_inner(&mut self) -> Vec<DetachedSlot> {
        mem::take(&mut self.inner)
    }

    pub(crate) fn has_inner(&self) -> bool {
        !self.inner.is_empty()
    }
}
