//! Statistics of a sampler's queries.

/// Counts of the queries of a [`Sampler`](super::Sampler) to its server and of their results. They are part
/// of [`Stats`](crate::Stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SamplerStats {
    /// Queries that were answered.
    pub sampler_queries: u64,
    /// Queries that failed or were answered with an error.
    pub failed_sampler_queries: u64,
    /// Answers with a usable strategy.
    pub sampler_updates: u64,
    /// Answers without a usable strategy.
    pub failed_sampler_updates: u64,
}

impl SamplerStats {
    /// The maximum of each count.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            sampler_queries: self.sampler_queries.max(other.sampler_queries),
            failed_sampler_queries: self.failed_sampler_queries.max(other.failed_sampler_queries),
            sampler_updates: self.sampler_updates.max(other.sampler_updates),
            failed_sampler_updates: self.failed_sampler_updates.max(other.failed_sampler_updates),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let sum = u64::saturating_add;
        Self {
            sampler_queries: sum(self.sampler_queries, other.sampler_queries),
            failed_sampler_queries: sum(self.failed_sampler_queries, other.failed_sampler_queries),
            sampler_updates: sum(self.sampler_updates, other.sampler_updates),
            failed_sampler_updates: sum(self.failed_sampler_updates, other.failed_sampler_updates),
        }
    }
}
