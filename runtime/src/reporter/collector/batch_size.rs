//! The size of batches that a collector accepts. It is learnt from the answer 413.

/// The limit of the bytes of a batch with several spans.
///
/// A limit is remembered once a smaller batch was accepted. Otherwise the size was not the reason, and the next report
/// begins as before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSize {
    remembered: usize,
    current: usize,
    /// The size of the smallest batch of one span that was refused in this report.
    refused_alone: usize,
}

/// What to do about a batch that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its spans fit into smaller batches.
    Halve,
    /// It is a single span.
    GiveUp,
}

impl Default for BatchSize {
    fn default() -> Self {
        Self {
            remembered: usize::MAX,
            current: usize::MAX,
            refused_alone: usize::MAX,
        }
    }
}

impl BatchSize {
    /// Begins a report.
    pub(crate) fn begin(&mut self) {
        self.current = self.remembered;
        self.refused_alone = usize::MAX;
    }

    pub(crate) fn limit(&self) -> usize {
        self.current
    }

    /// A single span of this size was already refused in this report, so the collector need not be asked.
    pub(crate) fn is_hopeless(&self, bytes: usize) -> bool {
        bytes >= self.refused_alone
    }

    /// A batch was accepted. Returns the new limit, if there is one.
    pub(crate) fn accepted(&mut self) -> Option<usize> {
        let is_new = self.current < self.remembered;
        self.remembered = self.current;
        is_new.then_some(self.current)
    }

    /// A batch was refused because of its size.
    pub(crate) fn refused(&mut self, bytes: usize, spans: u64) -> Refusal {
        if spans > 1 {
            self.current = bytes / 2;
            return Refusal::Halve;
        }
        self.refused_alone = self.refused_alone.min(bytes);
        Refusal::GiveUp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_remembered_once_a_smaller_batch_was_accepted() {
        let mut size = BatchSize::default();
        size.begin();
        assert_eq!(size.refused(1_000, 9), Refusal::Halve);
        size.begin();
        assert_eq!(size.limit(), usize::MAX);
        assert_eq!(size.refused(1_000, 9), Refusal::Halve);
        assert_eq!(size.accepted(), Some(500));
        assert_eq!(size.accepted(), None);
        size.begin();
        assert_eq!(size.limit(), 500);
    }

    #[test]
    fn what_is_as_large_as_a_single_span_that_was_refused_is_hopeless_until_the_next_report() {
        let mut size = BatchSize::default();
        size.begin();
        assert_eq!(size.refused(700, 1), Refusal::GiveUp);
        assert_eq!(size.refused(900, 1), Refusal::GiveUp);
        assert!(size.is_hopeless(700) && !size.is_hopeless(699));
        size.begin();
        assert!(!size.is_hopeless(700));
    }
}
