//! What closing a span leaves to be done.

use std::borrow::Cow;
use std::sync::Arc;

use super::shared_span::SharedSpan;
use super::slot::DetachedSpan;
use crate::tracer::core::Tracer;

/// What to do once the stack is no longer in use.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// A span with handles, and whether it is over.
    pub(super) finish: Option<(Arc<SharedSpan>, bool)>,
    pub(super) out_of_order: Option<(Cow<'static, str>, Tracer)>,
    pub(super) leaked: Vec<DetachedSpan>,
}
