//! Which log records of a span are kept when there are too many.

use std::collections::VecDeque;

/// The places of the newest log records.
///
/// When there are too many, the first half of the limit is kept, and the newest records replace those after it.
#[derive(Debug, Default)]
pub(super) struct RecordRing {
    /// The most records; zero while there is no limit.
    limit: usize,
    /// How many are there.
    records: usize,
    newest: VecDeque<u32>,
    overwritten: usize,
}

impl RecordRing {
    /// The number of first records, which are never replaced.
    fn first(&self) -> usize {
        self.limit.saturating_sub(1) / 2
    }

    /// Sets the most records; zero means no limit.
    pub(super) fn limit_to(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Adds the record at this place. Returns the place of the one that it replaces.
    pub(super) fn add(&mut self, place: u32) -> Option<u32> {
        if self.limit == 0 || self.records < self.first() {
            self.records += 1;
            return None;
        }
        self.newest.push_back(place);
        if self.newest.len() <= self.limit - self.first() {
            self.records += 1;
            return None;
        }
        self.overwritten += 1;
        self.newest.pop_front()
    }

    /// The same records have these places now.
    pub(super) fn move_to(&mut self, places: impl Iterator<Item = u32>) {
        let first = self.first();
        if self.limit > 0 {
            self.newest.clear();
            self.newest.extend(places.skip(first));
        }
    }

    /// If records are missing: the place of the record that says how many, and the number, in which that record counts.
    pub(super) fn missing(&self) -> Option<(u32, usize)> {
        let place = self.newest.front().filter(|_| self.overwritten > 0)?;
        Some((*place, self.overwritten + 1))
    }

    pub(super) fn clear(&mut self) {
        self.newest.clear();
        self.limit = 0;
        self.records = 0;
        self.overwritten = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places that are kept out of so many, and the negative count of the missing ones.
    fn kept(limit: usize, records: u32) -> Vec<i64> {
        let mut ring = RecordRing::default();
        ring.limit_to(limit);
        let mut places = Vec::new();
        for place in 0..records {
            places.push(place);
            if let Some(replaced) = ring.add(place) {
                places.retain(|place| *place != replaced);
            }
        }
        let missing = ring.missing();
        let shown = |place: u32| match missing {
            Some((first, count)) if first == place => -(count as i64),
            _ => i64::from(place),
        };
        places.into_iter().map(shown).collect()
    }

    #[test]
    fn below_the_limit_and_without_one_nothing_is_missing() {
        for (limit, records) in [(5, 0), (5, 4), (5, 5), (0, 100)] {
            assert_eq!(kept(limit, records), (0..i64::from(records)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn above_the_limit_the_first_and_the_newest_stay_and_one_record_counts_the_others() {
        assert_eq!(kept(5, 6), [0, 1, -2, 4, 5]);
        assert_eq!(kept(5, 100), [0, 1, -96, 98, 99]);
        assert_eq!(kept(6, 8), [0, 1, -3, 5, 6, 7]);
        assert_eq!(kept(2, 5), [-4, 4]);
        assert_eq!(kept(1, 3), [-3]);
    }

    #[test]
    fn records_that_move_are_still_replaced_in_order() {
        let mut ring = RecordRing::default();
        ring.limit_to(4);
        for place in 0..5 {
            ring.add(place);
        }
        ring.move_to([10, 12, 13, 14].into_iter());
        assert_eq!(ring.missing(), Some((12, 2)));
        assert_eq!(ring.add(15), Some(12));
        ring.clear();
        assert_eq!((ring.missing(), ring.add(0)), (None, None));
    }
}
