//! Statistics of a throttler's queries.

/// Counts of the queries of a [`Throttler`](super::Throttler) to its server and of their results. They are
/// part of [`Stats`](crate::Stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ThrottlerStats {
    /// Answers with balances.
    pub throttler_updates: u64,
    /// Queries that failed or whose answer could not be used.
    pub failed_throttler_updates: u64,
}

impl ThrottlerStats {
    /// The maximum of each count.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            throttler_updates: self.throttler_updates.max(other.throttler_updates),
            failed_throttler_updates: self.failed_throttler_updates.max(other.failed_throttler_updates),
        }
    }
}
