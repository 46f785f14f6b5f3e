//! What the spans of a trace share, away from their thread.

use crate::delivery::identity::Identity;
use crate::model::baggage::Baggage;
use crate::model::decision_tags::DecisionTags;
use crate::tracer::core::Tracer;

/// What the spans of a trace share, away from the thread that has it.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) identity: Identity,
    pub(crate) baggage: Baggage,
    pub(crate) tracer: Tracer,
    /// Of the span itself, if it is the root.
    pub(crate) decision: DecisionTags,
}
