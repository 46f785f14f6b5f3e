//! Slots: open spans on a stack.

use std::borrow::Cow;
use std::mem;
use std::num::NonZeroU16;
use std::sync::Arc;

use super::shared_span::SharedSpan;
use crate::delivery::chain::Chain;
use crate::delivery::details::Details;
use crate::delivery::record::SpanStart;
use crate::util::tick::Tick;

/// Tells the entries of one span apart, which may be entered again before it is left.
pub(crate) type Serial = NonZeroU16;

/// The opener of a slot, which alone may close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    Scope,
    Poll,
    /// An entry of a detached span or of a bound closure.
    Entry,
}

/// The local trace of an empty frame. No thread has as many as this.
const NO_LOCAL_TRACE: u32 = u32::MAX;
/// The outbox of an empty frame.
const NO_OUTBOX: u32 = u32::MAX;

/// What few spans have.
#[derive(Debug)]
pub(crate) enum Extra {
    None,
    /// Details of its own, because the buffers of the thread are not enough or belong to another thread.
    Own(Box<Details>),
    /// The shared record, once there is a handle.
    Shared(Arc<SharedSpan>),
}

/// An open span, or an [empty frame](Slot::empty_frame).
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) span: SpanStart,
    pub(crate) local_trace: u32,
    /// The outbox of its local trace.
    pub(crate) outbox: u32,
    /// What it says, in the buffers of the thread.
    pub(crate) chain: Chain,
    pub(crate) opener: Opener,
    pub(crate) sampled: bool,
    pub(crate) finish_on_close: bool,
    /// The number of changes through handles that the local trace includes.
    pub(crate) known_changes: u8,
    /// Whether it has had children, or its context was read.
    pub(crate) is_known: bool,
    /// Tells the entries of one span apart.
    pub(crate) entry: Serial,
    pub(crate) extra: Extra,
}

impl Slot {
    pub(crate) const VACANT: Self = Self {
        span: SpanStart::NONE,
        local_trace: 0,
        outbox: 0,
        chain: Chain::EMPTY,
        opener: Opener::Scope,
        sampled: false,
        finish_on_close: true,
        known_changes: 0,
        is_known: false,
        entry: Serial::MIN,
        extra: Extra::None,
    };

    /// A slot that is no span. It has no local trace, so that no child can start in it, and says that it is
    /// sampled, so that whoever asks then looks for its tracer, which it does not have either.
    pub(super) const fn empty_frame(number: u64) -> Self {
        let mut slot = Self::VACANT;
        slot.span.number = number;
        slot.local_trace = NO_LOCAL_TRACE;
        slot.outbox = NO_OUTBOX;
        slot.opener = Opener::Poll;
        slot.sampled = true;
        slot
    }

    /// Fills this slot, which has nothing to drop, for a child of another span on the same stack.
    #[inline(always)]
    pub(super) fn begin_below(
        &mut self,
        parent: &mut Self,
        (number, start): (u64, Tick),
        name: &'static str,
        opener: Opener,
    ) {
        parent.is_known = true;
        let span = SpanStart {
            number,
            parent: parent.span.number,
            start,
            name,
        };
        self.begin(span, (parent.local_trace, parent.outbox), opener, parent.sampled);
    }

    /// Fills this slot, which has nothing to drop, for the root of a trace.
    #[inline(always)]
    pub(super) fn begin(
        &mut self,
        span: SpanStart,
        (local_trace, outbox): (u32, u32),
        opener: Opener,
        sampled: bool,
    ) {
        self.span = span;
        self.local_trace = local_trace;
        self.outbox = outbox;
        self.chain = Chain::EMPTY;
        self.opener = opener;
        self.sampled = sampled;
        self.finish_on_close = true;
        self.known_changes = 0;
        self.is_known = false;
    }

    /// Moves a span here, where nothing is to drop. It goes field by field: a copy of the whole waits for the fields that were
    /// just written.
    #[inline(always)]
    pub(super) fn take_over(&mut self, from: &mut Self) {
        let SpanStart {
            number,
            parent,
            start,
            name,
        } = from.span;
        self.span.number = number;
        self.span.parent = parent;
        self.span.start = start;
        self.span.name = name;
        self.local_trace = from.local_trace;
        self.outbox = from.outbox;
        self.chain = from.chain;
        self.opener = from.opener;
        self.sampled = from.sampled;
        self.finish_on_close = from.finish_on_close;
        self.known_changes = from.known_changes;
        self.is_known = from.is_known;
        self.entry = from.entry;
        self.extra = mem::replace(&mut from.extra, Extra::None);
        from.span.number = 0;
    }

    #[inline]
    pub(super) fn is_span(&self) -> bool {
        self.local_trace != NO_LOCAL_TRACE
    }

    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.extra, Extra::None)
    }

    pub(crate) fn shared(&self) -> Option<&Arc<SharedSpan>> {
        match &self.extra {
            Extra::Shared(shared) => Some(shared),
            Extra::None | Extra::Own(_) => None,
        }
    }

    /// Whether the span is recorded and has not finished. The slot itself does not know what handles have changed.
    pub(super) fn is_recorded_now(&self) -> bool {
        match self.shared() {
            Some(shared) => shared.is_recorded() && shared.is_open(),
            None => self.sampled,
        }
    }

    #[cold]
    pub(crate) fn full_name(&self) -> Cow<'static, str> {
        let name = match &self.extra {
            Extra::Shared(shared) => return shared.full_name(),
            Extra::Own(details) => details.name(),
            Extra::None => None,
        };
        name.unwrap_or(Cow::Borrowed(self.span.name))
    }
}
