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
