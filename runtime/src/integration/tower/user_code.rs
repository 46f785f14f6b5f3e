//! The closures that a layer was given.

use crate::span::stack::active::active_tracer;
use crate::tracer::global::current_tracer;
use crate::util::counter::count;
use crate::util::diagnostics::{NowAndThen, warn_now_and_then};
use crate::util::panic::catch_panic;

static PANICKED: NowAndThen = NowAndThen::new();

/// Runs a closure of the user. `None` if it panics, which must not fail the request: that is logged and counted.
pub(super) fn run<R>(setting: &'static str, closure: impl FnOnce() -> R) -> Option<R> {
    let result = catch_panic(closure);
    if result.is_none() {
        warn_now_and_then(&PANICKED, || {
            format!("the closure of a layer's `{setting}` panicked, and its default was used")
        });
        if let Some(tracer) = active_tracer().or_else(current_tracer) {
            count(&tracer.inner().stats.contained_panics);
        }
    }
    result
}
