//! What the spans of one trace on one thread share.

use super::record::SpanStart;
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::id_generator::IdKey;
use crate::model::trace_context::TraceContext;

/// The fields that the spans of one trace on one thread share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    pub(crate) flags: TraceFlags,
    pub(crate) key: IdKey,
    /// The parent of the spans that have no parent on this thread.
    pub(crate) parent: Option<SpanId>,
    pub(crate) remote_parent: bool,
    /// The number of the span of this process that waits for all others of the trace, or that would if they did not outlive it.
    pub(crate) local_root: u64,
}

impl Identity {
    pub(crate) const NONE: Self = Self {
        trace_id: TraceId::MIN,
        flags: TraceFlags::NONE,
        key: IdKey::seeded(0),
        parent: None,
        remote_parent: false,
        local_root: 0,
    };

    /// That of a trace without a parent.
    pub(crate) fn of_trace(trace_id: TraceId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            flags,
            key: IdKey::of_process(),
            ..Self::NONE
        }
    }

    /// Becomes another one, field by field: a copy of the whole waits for the fields that were just written.
    #[inline(always)]
    pub(crate) fn begin(&mut self, other: Self) {
        let Self {
            trace_id,
            flags,
            key,
            parent,
            remote_parent,
            local_root,
        } = other;
        self.trace_id = trace_id;
        self.flags = flags;
        self.key = key;
        self.parent = parent;
        self.remote_parent = remote_parent;
        self.local_root = local_root;
    }

    /// Whether both belong to the same part of a trace.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.local_root, self.parent, self.flags) == (other.local_root, other.parent, other.flags)
            && self.trace_id == other.trace_id
    }

    /// That of a child of this span. If the trace is not sampled, it has the flags `rejected`.
    pub(crate) fn below(parent: &TraceContext, key: IdKey, rejected: TraceFlags) -> Self {
        Self {
            trace_id: parent.trace_id,
            flags: parent.flags.or_rejected(rejected),
            key,
            parent: Some(parent.span_id),
            remote_parent: parent.remote,
            local_root: parent.local_root,
        }
    }

    /// The same, where the span of this number is the local root if there is none above it.
    #[inline]
    pub(crate) fn with_root(self, number: u64) -> Self {
        match self.local_root {
            0 => Self {
                local_root: number,
                ..self
            },
            _ => self,
        }
    }

    /// Whether this span of them has no parent in this process.
    #[inline]
    pub(crate) fn has_local_root(&self, span: &SpanStart) -> bool {
        span.parent == 0 && (self.parent.is_none() || self.remote_parent)
    }
}
