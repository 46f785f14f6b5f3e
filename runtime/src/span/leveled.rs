//! Places of the program whose spans have a level.

use std::sync::atomic::AtomicU64;

use super::recording::{Recording, recording};
use super::stack;
use crate::model::level::COMPILED;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::tracer::levels;

/// The target of a function whose span has a level, for the code of the attributes.
///
/// The level is a constant, so that the compiler removes what is not compiled.
#[derive(Debug)]
pub struct Leveled<const LEVEL: u8> {
    target: &'static str,
    /// The last answer of a tracer's levels.
    answer: AtomicU64,
}

impl<const LEVEL: u8> Leveled<LEVEL> {
    /// A place with this target.
    pub const fn new(target: &'static str) -> Self {
        Self {
            target,
            answer: AtomicU64::new(0),
        }
    }

    /// Whether a span starts here now.
    #[inline]
    pub fn is_enabled(&self) -> bool {
        COMPILED.admits(LEVEL)
            && global::is_on()
            && (!levels::is_used() || is_admitted(LEVEL, self.target, &self.answer))
    }

    /// The active span, if it is recorded and the span of this place.
    #[inline]
    pub fn recording(&self) -> Option<Recording> {
        if self.is_enabled() { recording() } else { None }
    }
}

/// What the tracer says that the span would belong to: that of the active span, or else the one for new traces.
fn is_admitted(level: u8, target: &str, answer: &AtomicU64) -> bool {
    let ask = |tracer: &Tracer| match &tracer.inner().levels {
        Some(levels) => levels.admit(level, target, answer),
        None => true,
    };
    let active = stack::with(|local| local.active().and_then(|slot| local.tracer(slot)).map(ask));
    active
        .flatten()
        .or_else(|| global::with_current_tracer(ask))
        .unwrap_or(true)
}

#[cfg(all(test, feature = "enable"))]
mod tests {
    use super::*;
    use crate::tracer::global::with_tracer;

    #[test]
    fn a_place_is_enabled_if_its_level_is_compiled_and_the_tracer_admits_it() {
        let (all, _all_guard) = Tracer::builder("all").build().unwrap();
        let builder = Tracer::builder("few").levels("info".parse().unwrap());
        let (few, _few_guard) = builder.build().unwrap();
        let enabled = |tracer| {
            let of_place = || {
                let (info, debug) = (Leveled::<3>::new("place"), Leveled::<4>::new("place"));
                [info.is_enabled(), debug.is_enabled()]
            };
            with_tracer(tracer, of_place)
        };
        let compiled = [3, 4].map(|level| COMPILED.admits(level));
        assert_eq!(enabled(&all), compiled);
        assert_eq!(enabled(&few), [compiled[0], false]);
    }
}
