//! The spans of a trace that the sampler rejected, until it is known whether they are kept.

use std::collections::HashSet;
use std::mem;

use super::batch::Batch;
use super::collection::CollectedSpan;
use super::record::FinishedRecord;
use crate::model::decision_tags::DecisionTags;
#[cfg(feature = "page")]
use crate::model::id::TraceId;

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

    /// Copies the spans to another batch, if they are of this trace.
    #[cfg(feature = "page")]
    pub(crate) fn copy_to(&self, batch: &mut Batch, id: TraceId) {
        let identity = self.batch.identities.first();
        if identity.is_some_and(|identity| identity.trace_id == id) {
            let records = self.batch.records.iter();
            records.for_each(|record| batch.copy(&self.batch, record));
        }
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

#[cfg(test)]
mod tests {
    use std::iter;
    use std::ops::Range;

    use super::*;
    use crate::delivery::batch::tests::identity;
    use crate::delivery::chain::Chain;
    use crate::delivery::collection::Collection;
    use crate::delivery::record::SpanStart;
    use crate::model::tag::Tag;
    use crate::util::tick::Tick;

    /// So many spans with numbers from one on: the first quarter starts first, and the last one takes longest.
    fn collection(spans: u64) -> Collection {
        let now = Tick::now();
        let later = iter::repeat_with(Tick::now).find(|tick| *tick > now).unwrap();
        let mut batch = Batch::new();
        let identity = batch.add_identity(identity());
        for number in 1..=spans {
            let (start, end) = match number {
                number if number <= spans / 4 => (Tick::ZERO, Tick::ZERO),
                number if number > spans - spans / 4 => (now, later),
                _ => (now, now),
            };
            let span = SpanStart {
                number,
                start,
                ..SpanStart::NONE
            };
            batch.push(span, end, identity, Chain::EMPTY);
        }
        let mut collection = Collection::new(usize::MAX);
        collection.add(batch);
        collection
    }

    /// Adds some of these spans. Returns how many went each time.
    fn add(
        trace: &mut ProvisionalTrace,
        spans: &Collection,
        places: Range<usize>,
        most_bytes: usize,
    ) -> Vec<u64> {
        let spans = places.filter_map(|index| spans.spans().get(index));
        spans.map(|span| trace.add(span, most_bytes)).collect()
    }

    fn numbers(trace: ProvisionalTrace) -> Vec<u64> {
        let batch = trace.into_batch();
        batch.records.iter().map(|record| record.span.number).collect()
    }

    #[test]
    fn of_too_many_spans_those_that_started_first_and_those_that_took_longest_stay() {
        let all = MOST_SPANS as u64 + 1;
        let (mut trace, spans) = (ProvisionalTrace::default(), collection(all));
        let gone = add(&mut trace, &spans, 0..MOST_SPANS, usize::MAX);
        assert_eq!((gone.iter().sum::<u64>(), trace.len()), (0, MOST_SPANS));
        let gone = add(&mut trace, &spans, MOST_SPANS..MOST_SPANS + 1, usize::MAX);
        assert_eq!(gone, [all - 2 * (all / 4)]);
        assert_eq!((trace.missing(), trace.len()), (gone[0], MOST_SPANS / 2));
        let stay = (1..=all).filter(|number| *number <= all / 4 || *number > all - all / 4);
        assert_eq!(numbers(trace), stay.collect::<Vec<_>>());
    }

    #[test]
    fn spans_with_too_many_bytes_are_too_many() {
        let (mut trace, spans) = (ProvisionalTrace::default(), collection(9));
        assert_eq!(trace.bytes(), size_of::<ProvisionalTrace>());
        add(&mut trace, &spans, 0..7, usize::MAX);
        let bytes = trace.bytes();
        assert_eq!(bytes, size_of::<ProvisionalTrace>() + trace.batch.capacity());
        assert_eq!(add(&mut trace, &spans, 7..8, bytes), [0]);
        assert_eq!(add(&mut trace, &spans, 8..9, bytes - 1), [5]);
        assert_eq!((trace.missing(), numbers(trace)), (5, vec![1, 2, 8, 9]));
    }

    #[test]
    fn what_is_missing_for_other_reasons_counts_too() {
        let (mut trace, spans) = (ProvisionalTrace::default(), collection(9));
        add(&mut trace, &spans, 0..8, usize::MAX);
        assert_eq!(trace.missing(), 0);
        trace.miss(3);
        trace.miss(2);
        assert_eq!(add(&mut trace, &spans, 8..9, 0), [5]);
        assert_eq!((trace.missing(), trace.len()), (10, 4));
    }

    #[test]
    fn the_local_root_says_why_the_trace_is_kept() {
        let (mut trace, spans) = (ProvisionalTrace::default(), collection(3));
        add(&mut trace, &spans, 0..2, usize::MAX);
        let tags = DecisionTags::Shared(vec![Tag::new("kept", "slow")].into());
        trace.add_local_root(spans.spans().get(2).unwrap(), tags);
        let batch = trace.into_batch();
        let said = |index: usize| batch.decision_of(&batch.records[index]).as_slice().len();
        assert_eq!([0, 1, 2].map(said), [0, 0, 1]);
    }
}
