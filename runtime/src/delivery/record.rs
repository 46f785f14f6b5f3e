//! What a batch keeps of each finished span.

use std::time::SystemTime;

use super::chain::{Chain, NONE};
use crate::util::tick::Tick;

/// The fields of a span that are known at its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanStart {
    pub(crate) number: u64,
    /// The number of the parent, or zero for a span without a parent on its thread.
    pub(crate) parent: u64,
    pub(crate) start: Tick,
    pub(crate) name: &'static str,
}

impl SpanStart {
    pub(crate) const NONE: Self = Self {
        number: 0,
        parent: 0,
        start: Tick::ZERO,
        name: "",
    };
}

/// A finished span: what it says about itself is in the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FinishedRecord {
    pub(super) span: SpanStart,
    pub(super) end: Tick,
    /// The last entry of its chain.
    pub(super) last: u32,
    /// Index of the identity in the batch.
    pub(super) identity: u32,
    /// Index of what few spans have, or `NONE`.
    pub(super) rare: u32,
    /// Index of the tags of the sampler's decision, or `NO_DECISION`.
    pub(super) decision: u16,
    /// Whether each tag has a key of its own.
    pub(super) has_own_keys: bool,
}

/// The index of no decision.
pub(super) const NO_DECISION: u16 = u16::MAX;

impl FinishedRecord {
    pub(super) const NONE: Self = Self::new(&SpanStart::NONE, Tick::ZERO, 0, Chain::EMPTY);

    #[inline(always)]
    pub(super) const fn new(span: &SpanStart, end: Tick, identity: u32, chain: Chain) -> Self {
        Self {
            span: *span,
            end,
            last: chain.last,
            identity,
            rare: NONE,
            decision: NO_DECISION,
            has_own_keys: false,
        }
    }

    /// How long it took, for comparisons.
    pub(super) fn ticks(&self) -> u64 {
        self.end.since(self.span.start)
    }
}

/// What few spans have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rare {
    pub(super) first_reference: u32,
    pub(super) references: u32,
    pub(super) start: Option<SystemTime>,
    pub(super) end: Option<SystemTime>,
}
