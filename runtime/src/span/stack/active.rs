//! The active span of this thread and its tracer.

use super::ambient;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::tracer::span_context::SpanContext;

/// The tracer of the active span, else the scoped tracer, else the global tracer.
pub(crate) fn active_tracer() -> Option<Tracer> {
    if !global::ENABLED {
        return global::current_tracer();
    }
    let of_span = super::with(|local| local.active().and_then(|slot| local.tracer(slot)).cloned());
    of_span.flatten().or_else(global::current_tracer)
}

/// The context of the active span and its tracer.
#[cfg_attr(not(feature = "enable"), inline)]
pub(crate) fn active_context() -> Option<(SpanContext, Tracer)> {
    if !global::is_on() {
        return None;
    }
    let active = super::with(|local| local.active_context()).flatten();
    active.or_else(|| {
        let shared = ambient::find()?;
        Some((shared.context(), shared.tracer.clone()))
    })
}
