//! The spans of a trace that the sampler rejected, until it is known whether they are kept.

use std::collections::HashSet;
use std::mem;

use super::batch::Batch;
use super::collection::CollectedSpan;
use super::record::FinishedRecord;
use crate::model::decision_tags::DecisionTags;

/// The most spans that one trace holds.
pub(crate) const MOST_SPANS: usize = 2_048;

/// The finished spans of one rejected trace with the same local root.
#[derive(Debug, Default)]
pub(crate) struct ProvisionalTrace {
    batch: Batch,
    missing: u64,
}

impl ProvisionalTrace {
    /// Copies a span. Where there are too many, or too many bytes, half of them go. Returns how many went.
    pub(crate) fn add(&mut self, span: CollectedSpan<'_>, most_bytes: usize) -> u64 {
        span.copy_to(&mut self.batch);
        let is_full = self.batch.len() > MOST_SPANS || self.bytes() > most_bytes;
        let gone = match is_full {
            true => self.thin_out(),
            false => 0,
        };
        self.missing += gone;
        gone
    }

    /// The memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.batch.capacity()
    }

    pub(crate) fn len(&self) -> usize {
        self.batch.len()
    }

    /// The spans that are missing because there were too many.
    pub(crate) fn missing(&self) -> u64 {
        self.missing
    }

    /// Keeps the spans that started first and those that took longest.
    fn thin_out(&mut self) -> u64 {
        let records = &self.batch.records;
        let quarter = records.len() / 4;
        let mut order: Vec<usize> = (0..records.len()).collect();
        let record = |index: &usize| records.get(*index);
        order.sort_by_key(|index| record(index).map(|record| record.span.start));
        let mut stay: HashSet<usize> = order.iter().copied().take(quarter).collect();
        order.sort_by_key(|index| std::cmp::Reverse(record(index).map(FinishedRecord::ticks)));
        stay.extend(order.iter().copied().take(quarter));
        let mut batch = Batch::new();
        for (index, record) in records.iter().enumerate() {
            if stay.contains(&index) {
                batch.copy(&self.batch, record);
            }
        }
        let before = mem::replace(&mut self.batch, batch).len();
        (before - self.batch.len()) as u64
    }

    /// Counts spans that are missing for another reason.
    pub(crate) fn miss(&mut self, spans: u64) {
        self.missing += spans;
    }

    /// Copies the local root, with these tags.
    pub(crate) fn add_local_root(&mut self, span: CollectedSpan<'_>, tags: DecisionTags) {
        span.copy_to(&mut self.batch);
        if let Some(last) = self.batch.len().checked_sub(1) {
            self.batch.explain_record(last, tags);
        }
    }

    pub(crate) fn into_batch(self) -> Batch {
        self.batch
    }
}
