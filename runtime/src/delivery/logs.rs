//! The log records of an open span.

use crate::model::finished_span::LogRecord;
use crate::model::tag::Tag;
use crate::util::tick::Tick;

/// A log record whose wall-clock time is not known yet.
type Record = (Tick, Vec<Tag>);

/// The log records of an open span, in the order in which they were made.
///
/// When there are too many, the first half of the limit is kept, and the newest records replace those after
/// it.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    records: Vec<Record>,
    /// The most records; zero while there is no limit.
    limit: usize,
    overwritten: usize,
}

fn fields_size((_, fields): &Record) -> usize {
    fields.capacity() * size_of::<Tag>() + fields.iter().map(Tag::text_size).sum::<usize>()
}

impl Logs {
    /// The bytes that a record takes. The worker makes a [`LogRecord`] of it.
    pub(crate) fn size_of(record: &Record) -> usize {
        size_of::<LogRecord>() + fields_size(record)
    }

    /// The bytes that all records take.
    pub(crate) fn heap_size(&self) -> usize {
        let fields: usize = self.records.iter().map(fields_size).sum();
        self.records.capacity() * size_of::<LogRecord>() + fields
    }

    /// Adds a record, with a limit of `limit` records; zero means no limit.
    pub(crate) fn push(&mut self, limit: usize, record: Record) {
        self.limit = limit;
        self.push_last(record);
    }

    /// Adds a record, with the limit of the last `push`.
    pub(crate) fn push_last(&mut self, record: Record) {
        if self.limit == 0 || self.records.len() < self.limit {
            self.records.push(record);
            return;
        }
        let overwritten = self.overwritten;
        let ring = self.ring();
        let next = overwritten.checked_rem(ring.len()).unwrap_or(0);
        if let Some(oldest) = ring.get_mut(next) {
            *oldest = record;
        }
        self.overwritten += 1;
    }

    /// The part that holds the newest records.
    fn ring(&mut self) -> &mut [Record] {
        let kept = self.limit.saturating_sub(1) / 2;
        self.records.get_mut(kept..).unwrap_or_default()
    }

    /// All records. If some were overwritten, one record says how many.
    pub(crate) fn into_records(mut self) -> Vec<Record> {
        let overwritten = self.overwritten;
        if overwritten > 0 {
            let ring = self.ring();
            ring.rotate_left(overwritten.checked_rem(ring.len()).unwrap_or(0));
            if let Some((_, fields)) = ring.first_mut() {
                *fields = vec![
                    Tag::new("event", "dropped Span logs"),
                    // This record replaces one more.
                    Tag::new("dropped_log_count", overwritten + 1),
                    Tag::new("component", "fedtrace"),
                ];
            }
        }
        self.records
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tag::TagValue;

    /// The numbers of the records that are kept out of `records`, and the negative count of the missing ones.
    fn kept(limit: usize, records: i64) -> Vec<i64> {
        let mut logs = Logs::default();
        for number in 0..records {
            logs.push(limit, (Tick::now(), vec![Tag::new("number", number)]));
        }
        let records = logs.into_records();
        assert!(records.is_sorted_by_key(|(tick, _)| *tick));
        let number = |fields: &[Tag]| match (&fields[0].value, fields.get(1).map(|tag| &tag.value)) {
            (TagValue::Long(number), None) => *number,
            (TagValue::String(event), Some(TagValue::Long(count))) if event == "dropped Span logs" => -count,
            other => panic!("{other:?}"),
        };
        records.iter().map(|(_, fields)| number(fields)).collect()
    }

    #[test]
    fn below_the_limit_and_without_one_nothing_is_missing() {
        for (limit, records) in [(5, 0), (5, 4), (5, 5), (0, 100)] {
            assert_eq!(kept(limit, records), (0..records).collect::<Vec<_>>());
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
    fn the_size_is_that_of_the_records_that_are_kept() {
        let mut logs = Logs::default();
        for number in 0..100 {
            let size = if number < 90 { 10_000 } else { 10 };
            logs.push(4, (Tick::now(), vec![Tag::new("text", "x".repeat(size))]));
        }
        let size = logs.heap_size();
        assert!((10_000..11_000).contains(&size), "{size}");
    }

    #[test]
    fn the_record_of_a_panic_has_a_place_also_in_a_full_log() {
        let mut logs = Logs::default();
        for _ in 0..4 {
            logs.push(4, (Tick::now(), vec![Tag::new("number", 1)]));
        }
        logs.push_last((Tick::now(), vec![Tag::new("event", "error")]));
        let records = logs.into_records();
        assert_eq!(records.len(), 4);
        assert_eq!(records[3].1, [Tag::new("event", "error")]);
    }
}
