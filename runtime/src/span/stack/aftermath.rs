//! The work that remains after a span was closed.

use std::borrow::Cow;
use std::sync::Arc;

use super::detached::DetachedSlot;
use super::shared_span::SharedSpan;
use crate::tracer::core::Tracer;

/// The work to do once the stack is no longer in use.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// A span with handles, and whether it ends.
    pub(super) finish: Option<(Arc<SharedSpan>, bool)>,
    pub(super) out_of_order: Option<(Cow<'static, str>, Tracer)>,
    pub(super) leaked: Vec<DetachedSlot>,
}
