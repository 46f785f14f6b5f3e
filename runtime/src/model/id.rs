//! The ids of traces and spans.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

/// Identifies a trace: 64 or 128 bits, never zero.
///
/// Shown as 16 or 32 lower-case hexadecimal digits, as Jaeger's clients write it.
///
/// ```
/// let id = fedtrace::TraceId::new(0xabc).unwrap();
/// assert_eq!(id.to_string(), "0000000000000abc");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// An id from its number, or `None` for zero, which is not an id.
    pub fn new(id: u128) -> Option<Self> {
        NonZeroU128::new(id).map(Self)
    }

    pub(crate) fn from_low(low: u64) -> Self {
        Self(NonZeroU128::new(u128::from(low)).unwrap_or(NonZeroU128::MIN))
    }

    pub(crate) fn from_halves(high: u64, low: u64) -> Self {
        Self(NonZeroU128::new(u128::from(high) << 64 | u128::from(low)).unwrap_or(NonZeroU128::MIN))
    }

    /// The number.
    pub fn get(self) -> u128 {
        self.0.get()
    }

    /// The lower 64 bits, the part on which samplers decide.
    pub fn low(self) -> u64 {
        self.0.get() as u64
    }

    /// The upper 64 bits; zero in a 64-bit id.
    pub fn high(self) -> u64 {
        (self.0.get() >> 64) as u64
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.high() {
            0 => write!(f, "{:016x}", self.low()),
            high => write!(f, "{high:016x}{:016x}", self.low()),
        }
    }
}

impl fmt::LowerHex for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

/// Identifies a span in its trace: 64 bits, never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    pub(crate) const MIN: Self = Self(NonZeroU64::MIN);

    /// An id from its number, or `None` for zero, which is not an id.
    pub fn new(id: u64) -> Option<Self> {
        NonZeroU64::new(id).map(Self)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}
