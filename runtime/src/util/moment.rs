//! Readings of all clocks at the same moment, and the rate of the counter between two of them.

use std::time::{SystemTime, UNIX_EPOCH};

use super::hardware_counter;
use super::tick::{nanos, system_nanos};

/// The most attempts at a reading that nothing interrupts.
const ATTEMPTS: usize = 5;
/// How wrong a frequency may be that a processor gives, as a part of it.
const NOMINAL: f64 = 0.001;

/// Readings of all clocks at the same moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) counter: u64,
    /// How much later or earlier the counter may have been read than the others.
    pub(super) width: u64,
    /// Of the monotonic clock, in nanoseconds.
    pub(super) system: u64,
    /// Of the wall clock, in nanoseconds since 1970.
    pub(super) wall: u64,
}

impl Moment {
    /// The one of several attempts that was interrupted least.
    pub(super) fn now() -> Self {
        let first = Self::attempt();
        let others = (1..ATTEMPTS).map(|_| Self::attempt());
        others.fold(
            first,
            |best, other| if other.width < best.width { other } else { best },
        )
    }

    fn attempt() -> Self {
        let before = hardware_counter::read();
        let system = system_nanos();
        let wall = SystemTime::now();
        let width = hardware_counter::read().saturating_sub(before);
        Self {
            counter: before + width / 2,
            width,
            system,
            wall: nanos(wall.duration_since(UNIX_EPOCH).unwrap_or_default()),
        }
    }

    pub(super) fn wall_offset(&self) -> i64 {
        self.wall.wrapping_sub(self.system) as i64
    }

    pub(super) fn ticks_since(&self, earlier: &Self) -> i64 {
        self.counter.wrapping_sub(earlier.counter) as i64
    }

    pub(super) fn nanos_since(&self, earlier: &Self) -> u64 {
        self.system.saturating_sub(earlier.system)
    }
}

/// How fast the counter runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) nanos_per_tick: f64,
    /// How wrong that may be, as a part of it.
    pub(super) uncertainty: f64,
}

impl Rate {
    /// `None` if the counter or the clock has not moved.
    pub(super) fn between(first: &Moment, last: &Moment) -> Option<Self> {
        let (ticks, nanos) = (last.ticks_since(first), last.nanos_since(first));
        (ticks > 0 && nanos > 0).then(|| Self {
            nanos_per_tick: nanos as f64 / ticks as f64,
            uncertainty: (first.width + last.width) as f64 / ticks as f64,
        })
    }

    pub(super) fn given_by_processor() -> Option<Self> {
        hardware_counter::nanos_per_tick().map(|nanos_per_tick| Self {
            nanos_per_tick,
            uncertainty: NOMINAL,
        })
    }

    pub(super) fn nanos(&self, ticks: i64) -> i64 {
        // Rounded by hand: where the compiler may not use an instruction for it, it calls a function for each time of a span.
        let nanos = ticks as f64 * self.nanos_per_tick;
        (nanos + 0.5_f64.copysign(nanos)) as i64
    }
}
