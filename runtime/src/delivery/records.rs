//! The list of the finished spans of a batch.

use std::ops::{Deref, DerefMut};

use super::record::FinishedRecord;

/// Finished spans, in memory that is filled beforehand, so that one more is written without a call.
#[derive(Debug)]
pub(super) struct Records {
    all: Vec<FinishedRecord>,
    /// How many of them are spans.
    count: usize,
}

/// How many the first memory has room for.
const FEW: usize = 4;

impl Records {
    pub(super) const fn new() -> Self {
        Self {
            all: Vec::new(),
            count: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn capacity(&self) -> usize {
        self.all.len()
    }

    #[inline]
    pub(super) fn push(&mut self, record: FinishedRecord) {
        if self.count == self.all.len() {
            self.grow(1);
        }
        self.push_at_once(record);
    }

    /// False if there is no room.
    #[inline(always)]
    pub(super) fn push_at_once(&mut self, record: FinishedRecord) -> bool {
        let Some(place) = self.all.get_mut(self.count) else {
            return false;
        };
        *place = record;
        self.count += 1;
        true
    }

    pub(super) fn extend(&mut self, records: impl ExactSizeIterator<Item = FinishedRecord>) {
        let room = self.all.len() - self.count;
        if room < records.len() {
            self.grow(records.len() - room);
        }
        records.for_each(|record| self.push(record));
    }

    #[cold]
    fn grow(&mut self, by: usize) {
        let doubled = (self.all.len() * 2).max(FEW);
        let size = doubled.max(self.all.len() + by);
        self.all.resize(size, FinishedRecord::NONE);
    }

    pub(super) fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }
}

impl Deref for Records {
    type Target = [FinishedRecord];

    #[inline]
    fn deref(&self) -> &[FinishedRecord] {
        self.all.get(..self.count).unwrap_or_default()
    }
}

impl DerefMut for Records {
    #[inline]
    fn deref_mut(&mut self) -> &mut [FinishedRecord] {
        self.all.get_mut(..self.count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u64) -> FinishedRecord {
        let mut record = FinishedRecord::NONE;
        record.span.number = number;
        record
    }

    fn numbers(records: &Records) -> Vec<u64> {
        records.iter().map(|record| record.span.number).collect()
    }

    #[test]
    fn spans_are_those_that_were_added_and_not_the_rest_of_the_memory() {
        let mut records = Records::new();
        assert!(!records.push_at_once(record(1)));
        records.push(record(1));
        assert!(records.push_at_once(record(2)));
        assert_eq!((numbers(&records), records.capacity()), (vec![1, 2], FEW));
        records.truncate(1);
        records.truncate(5);
        assert_eq!(numbers(&records), [1]);
        records.clear();
        assert_eq!((records.len(), records.capacity()), (0, FEW));
    }

    #[test]
    fn memory_grows_to_what_is_added_at_least_by_as_much_again() {
        let mut records = Records::new();
        records.push(record(0));
        records.extend((1..=40).map(record).collect::<Vec<_>>().into_iter());
        assert_eq!((records.len(), records.capacity()), (41, 41));
        records.push(record(41));
        assert_eq!(records.capacity(), 82);
        assert_eq!(numbers(&records), (0..=41).collect::<Vec<_>>());
    }

    #[test]
    fn memory_that_is_enough_does_not_grow() {
        let mut records = Records::new();
        records.push(record(0));
        records.extend((1..FEW as u64).map(record).collect::<Vec<_>>().into_iter());
        assert_eq!((records.len(), records.capacity()), (FEW, FEW));
    }
}
