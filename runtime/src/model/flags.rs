//! The flags of a trace.

use std::fmt;

/// The flags of a trace, one byte on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// The trace is recorded.
    pub const SAMPLED: Self = Self(0x01);
    /// The trace was requested explicitly and must not be sampled out further on; only meaningful with
    /// `SAMPLED`.
    pub const DEBUG: Self = Self(0x02);
    /// The trace must not be indexed.
    pub const FIREHOSE: Self = Self(0x08);
    /// The flags that [`Span::force_tracing`](crate::Span::force_tracing) sets.
    pub const FORCED: Self = Self(0x03);

    pub(crate) const NONE: Self = Self(0);

    /// The flags of a byte on the wire.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The byte on the wire.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the trace is recorded.
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether all of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and `other`.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of these flags that are also in `mask`.
    pub const fn intersection(self, mask: Self) -> Self {
        Self(self.0 & mask.0)
    }

    /// These flags without `other`.
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceFlags({:#04x})", self.0)
    }
}
