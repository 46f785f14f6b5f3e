//! Ticks of a fast monotonic clock, and the wall clock that they are anchored to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far a tick's wall-clock time may be from the system's before the worker sets a new anchor.
const DRIFT: Duration = Duration::from_millis(1);

/// A reading of the clock: the time-stamp counter where it is stable, else the system's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(fastant::Instant);

impl Tick {
    /// An arbitrary moment.
    pub(crate) const ZERO: Self = Self(fastant::Instant::ZERO);

    #[inline]
    pub(crate) fn now() -> Self {
        Self(fastant::Instant::now())
    }

    /// The time since an earlier reading; zero if the other one was later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }
}

/// Turns ticks into wall-clock times.
///
/// It keeps its anchor as long as the system's clock agrees, so that all spans of a trace use the same
/// anchor. It sets a new one when the system's clock was stepped or has drifted.
pub(crate) struct Clock {
    anchor: fastant::Anchor,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            anchor: fastant::Anchor::new(),
        }
    }

    /// Compares with the system's clock. Returns whether it had to set a new anchor.
    pub(crate) fn refresh(&mut self, system: SystemTime) -> bool {
        let ours = self.time(Tick::now());
        let apart = system
            .duration_since(ours)
            .unwrap_or_else(|earlier| earlier.duration());
        let moved = apart > DRIFT;
        if moved {
            self.anchor = fastant::Anchor::new();
        }
        moved
    }

    pub(crate) fn time(&self, tick: Tick) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(tick.0.as_unix_nanos(&self.anchor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_agree_with_the_wall_clock() {
        let clock = Clock::new();
        let before = SystemTime::now();
        let ours = clock.time(Tick::now());
        let apart = ours
            .duration_since(before)
            .unwrap_or_else(|earlier| earlier.duration());
        assert!(apart < Duration::from_millis(100), "{apart:?}");
    }

    #[test]
    fn the_anchor_stays_while_the_clocks_agree_and_moves_when_the_system_is_stepped() {
        let mut clock = Clock::new();
        let tick = Tick::now();
        let first = clock.time(tick);
        // The anchored clock's own reading is as near as two clocks can be.
        let agrees = clock.time(Tick::now());
        assert!(!clock.refresh(agrees));
        assert_eq!(clock.time(tick), first);
        for stepped in [agrees + Duration::from_secs(60), agrees - Duration::from_secs(60)] {
            assert!(clock.refresh(stepped));
        }
    }
}
