//! The flags of a trace.

use std::fmt;
use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign};

/// The flags of a trace, one byte on the wire.
///
/// ```
/// use fedtrace::TraceFlags;
///
/// let flags = TraceFlags::SAMPLED | TraceFlags::DEBUG;
/// assert_eq!(flags, TraceFlags::FORCED);
/// assert_eq!(format!("{flags:?}"), "TraceFlags(SAMPLED | DEBUG)");
/// ```
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

    /// No flag: the trace is not recorded.
    pub const NONE: Self = Self(0);

    /// The sampler has rejected the trace, but it is recorded until it is known whether it was slow or failed. It never
    /// leaves the process.
    pub(crate) const PROVISIONAL: Self = Self(0x80);

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

    /// Whether spans are recorded, if only provisionally.
    #[inline]
    pub(crate) const fn is_recorded(self) -> bool {
        self.0 & (Self::SAMPLED.0 | Self::PROVISIONAL.0) != 0
    }

    /// These flags, and those of a trace that was rejected if they are of one.
    pub(crate) const fn or_rejected(self, rejected: Self) -> Self {
        match self.is_sampled() {
            true => self,
            false => self.union(rejected),
        }
    }

    /// Those that others may see.
    pub(crate) const fn visible(self) -> Self {
        self.difference(Self::PROVISIONAL)
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
        const NAMES: [(TraceFlags, &str); 3] = [
            (TraceFlags::SAMPLED, "SAMPLED"),
            (TraceFlags::DEBUG, "DEBUG"),
            (TraceFlags::FIREHOSE, "FIREHOSE"),
        ];
        if *self == Self::NONE {
            return f.write_str("TraceFlags(NONE)");
        }
        let (mut unnamed, mut separator) = (*self, "");
        f.write_str("TraceFlags(")?;
        for (flag, name) in NAMES {
            if self.contains(flag) {
                write!(f, "{separator}{name}")?;
                unnamed = unnamed.difference(flag);
                separator = " | ";
            }
        }
        if unnamed != Self::NONE {
            write!(f, "{separator}{:#04x}", unnamed.0)?;
        }
        f.write_str(")")
    }
}

impl BitOr for TraceFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for TraceFlags {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl BitAnd for TraceFlags {
    type Output = Self;

    fn bitand(self, mask: Self) -> Self {
        self.intersection(mask)
    }
}

impl BitAndAssign for TraceFlags {
    fn bitand_assign(&mut self, mask: Self) {
        *self = *self & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_shown_by_name_and_unknown_ones_in_hexadecimal() {
        let shown = |bits| format!("{:?}", TraceFlags::from_bits(bits));
        assert_eq!(shown(0x00), "TraceFlags(NONE)");
        assert_eq!(shown(0x01), "TraceFlags(SAMPLED)");
        assert_eq!(shown(0x03), "TraceFlags(SAMPLED | DEBUG)");
        assert_eq!(shown(0x4a), "TraceFlags(DEBUG | FIREHOSE | 0x40)");
        assert_eq!(shown(0x04), "TraceFlags(0x04)");
    }

    #[test]
    fn the_operators_are_union_and_intersection() {
        let mut flags = TraceFlags::SAMPLED | TraceFlags::FIREHOSE;
        assert_eq!(flags, TraceFlags::from_bits(0x09));
        assert_eq!(flags & TraceFlags::FORCED, TraceFlags::SAMPLED);
        flags |= TraceFlags::DEBUG;
        flags &= TraceFlags::FORCED;
        assert_eq!(flags, TraceFlags::FORCED);
    }
}
