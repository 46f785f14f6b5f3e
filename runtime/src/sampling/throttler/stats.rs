/// How often a [`Throttler`](super::Throttler) asked a server for credit, and what came of it. They are part of
/// [`Stats`](crate::Stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ThrottlerStats {
    /// Answers with balances.
    pub throttler_updates: u64,
    /// Questions to which there was no answer, or one that cannot be used.
    pub failed_throttler_updates: u64,
}

impl ThrottlerStats {
    /// The higher one of each.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            throttler_updates: self.throttler_updates.max(other.throttler_updates),
            failed_throttler_updates: self.failed_throttler_updates.max(other.failed_throttler_updates),
        }
    }
}
