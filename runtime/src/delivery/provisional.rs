//! The spans of a trace that the sampler rejected, until it is known whether they are kept.

use std::collections::HashSet;
use std::mem;

use super::batch::{Batch, FinishedRecord};
use super::collection::CollectedSpan;
use crate::model::decision_tags::DecisionTags;

/// The most spans that one trace holds.
const MOST_SPANS: usize = 2_048;

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
        let is_full = self.batch.len() > MOST_SPANS || self.batch.bytes() > most_bytes;
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

    /// Keeps the spans that started first, those that took longest, and the local root.
    fn thin_out(&mut self) -> u64 {
        let records = &self.batch.records;
        let quarter = records.len() / 4;
        let mut order: Vec<usize> = (0..records.len()).collect();
        let record = |index: &usize| records.get(*index);
        order.sort_by_key(|index| record(index).map(|record| record.span.start));
        let mut stay: HashSet<usize> = order.iter().copied().take(quarter).collect();
        order.sort_by_key(|index| std::cmp::Reverse(record(index).map(FinishedRecord::ticks)));
        stay.extend(order.iter().copied().take(quarter));
        let is_root = |index: &usize| record(index).is_some_and(|record| self.is_local_root(record));
        stay.extend(order.iter().copied().filter(is_root));
        let mut batch = Batch::new();
        for (index, record) in records.iter().enumerate() {
            if stay.contains(&index) {
                batch.copy(&self.batch, record);
            }
        }
        let before = mem::replace(&mut self.batch, batch).len();
        (before - self.batch.len()) as u64
    }

    fn is_local_root(&self, record: &FinishedRecord) -> bool {
        let identity = self.batch.identities.get(record.identity as usize);
        identity.is_some_and(|identity| identity.local_root == record.span.number)
    }

    /// The spans, with these tags on their local root.
    pub(crate) fn into_batch(self, tags: DecisionTags) -> Batch {
        let root = (0..self.batch.len()).find(|index| {
            let record = self.batch.records.get(*index);
            record.is_some_and(|record| self.is_local_root(record))
        });
        let mut batch = self.batch;
        if let Some(root) = root {
            batch.explain_record(root, tags);
        }
        batch
    }
}
