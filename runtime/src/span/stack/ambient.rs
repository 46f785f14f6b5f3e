//! The span that another crate takes for the current one, where no span is active on this thread.
//!
//! The layer for `tracing` is not told of spans that its filter removes, so nothing is active in a task whose own span was removed.
//! But `tracing` knows which span is around it.

use std::sync::{Arc, OnceLock};

use super::shared_span::SharedSpan;
use super::span_stack::with;

type Find = fn() -> Option<Arc<SharedSpan>>;

static FIND: OnceLock<Find> = OnceLock::new();

/// Sets who knows such a span. The first one stays.
#[cfg(feature = "tracing")]
pub(crate) fn set(find: Find) {
    FIND.get_or_init(|| find);
}

/// Whether nothing says which span is active here, or that none is.
pub(crate) fn is_possible() -> bool {
    with(|local| local.top().is_none()) == Some(true)
}

/// The span around what runs here, if no span is active on this thread, and none was ruled out.
#[inline]
pub(crate) fn find() -> Option<Arc<SharedSpan>> {
    find_by(FIND.get()?)
}

#[cold]
fn find_by(find: &Find) -> Option<Arc<SharedSpan>> {
    is_possible().then(find).flatten()
}
