//! Readings of the clock that spans are timed with.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::hardware_counter;

/// Set in a reading of the system's clock. A counter reaches it after centuries.
const OF_SYSTEM: u64 = 1 << 63;

/// A reading of the clock: of the processor's counter where it is trusted, else of the system's monotonic clock. It says
/// which of the two it is. Only a [`Clock`](super::clock::Clock) makes a time of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Counter(u64),
    /// Nanoseconds, as [`system_nanos`] has them.
    System(u64),
}

impl Tick {
    /// An arbitrary moment.
    pub(crate) const ZERO: Self = Self(0);

    #[inline]
    pub(crate) fn now() -> Self {
        if hardware_counter::is_trusted() {
            Self(hardware_counter::read())
        } else {
            Self::now_by_system()
        }
    }

    /// The processor's counter, where it is trusted.
    #[inline(always)]
    pub(crate) fn of_counter_now() -> Option<Self> {
        hardware_counter::is_trusted().then(|| Self(hardware_counter::read()))
    }

    #[cold]
    fn now_by_system() -> Self {
        Self(system_nanos() | OF_SYSTEM)
    }

    /// The time since an earlier reading of the same clock, in units of that clock; zero if it is not earlier.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// In one word, which is neither zero nor the largest one.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn of_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) fn reading(self) -> Reading {
        match self.0 & OF_SYSTEM {
            0 => Reading::Counter(self.0),
            _ => Reading::System(self.0 & !OF_SYSTEM),
        }
    }

    pub(super) fn of_counter(counter: u64) -> Self {
        Self(counter)
    }

    pub(super) fn of_system(nanos: u64) -> Self {
        Self(nanos | OF_SYSTEM)
    }
}

/// The system's monotonic clock, in nanoseconds since its first reading.
pub(super) fn system_nanos() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let since_first = FIRST.get_or_init(Instant::now).elapsed();
    nanos(since_first)
}

/// As far as the type goes, which is 584 years.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
