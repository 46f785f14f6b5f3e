//! The active span of this thread and its tracer.

use super::ambient;
use super::slot::Slot;
use super::span_stack::SpanStack;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::tracer::span_context::SpanContext;

impl SpanStack {
    /// The numbers of the open spans of this thread, innermost first, up to where none is active.
    pub(crate) fn open_spans(&self) -> Vec<u64> {
        let spans = self.slots.iter().rev().take_while(|slot| slot.is_span());
        spans.map(|slot: &Slot| slot.span.number).collect()
    }

    /// The local roots of the open spans of this thread, also of those that are not around what runs here, with their tracers, if
    /// these tell clients the ids of traces.
    fn told_roots(&self) -> Vec<(Tracer, u64)> {
        let mut roots: Vec<(Tracer, u64)> = Vec::new();
        for slot in self.slots.iter().filter(|slot| slot.is_span()) {
            let Some(tracer) = self.tracer(slot).filter(|tracer| tracer.tells_clients()) else {
                continue;
            };
            let identity = match slot.shared() {
                Some(shared) => Some(shared.identity()),
                None => self.local_trace(slot).map(|local_trace| local_trace.identity),
            };
            // No two spans of the process have one number.
            let root = identity.map(|identity| identity.local_root);
            let root = root.filter(|root| !roots.iter().any(|(_, known)| known == root));
            roots.extend(root.map(|root| (tracer.clone(), root)));
        }
        roots
    }
}

/// The local roots of the spans around what runs here, with their tracers, if these tell clients the ids of traces.
pub(crate) fn told_roots() -> Vec<(Tracer, u64)> {
    if !global::is_on() {
        return Vec::new();
    }
    let roots = super::with(|local| local.told_roots()).unwrap_or_default();
    match ambient::find() {
        Some(shared) if roots.is_empty() => vec![(shared.tracer.clone(), shared.identity().local_root)],
        _ => roots,
    }
}

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
