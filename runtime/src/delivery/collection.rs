//! The finished spans of one report, as the worker finds them.

use std::mem;
use std::slice;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::batch::Batch;
use super::chain::NONE;
use super::entries::Entries;
use super::entry::{Entry, EntryValue, Key};
use super::found_span::{FoundSpan, OF_DECISION, show};
use super::identity::Identity;
use super::period::Period;
use super::record::FinishedRecord;
use crate::metrics::stats::LeftOut;
use crate::model::finished_span::Reference;
use crate::model::flags::TraceFlags;
use crate::model::id::SpanId;
use crate::model::tag::Tag;
use crate::util::clock::Clock;
use crate::util::tick::Tick;

/// The finished spans of one report. The spans stay where their threads wrote them; only the list of them is sorted.
#[derive(Debug)]
pub(crate) struct Collection {
    batches: Vec<Batch>,
    found: Vec<FoundSpan>,
    /// Spans of traces that the sampler has rejected.
    provisional: Vec<FoundSpan>,
    /// The local roots of rejected traces that were forced later.
    forced: Vec<u64>,
    /// The indices of entries, in order.
    shown: Vec<u32>,
    /// The most that these lists had in this period: spans found, provisional ones, and entries.
    most: [usize; 3],
    period: Period,
    longest_name: usize,
    clock: Clock,
}

impl Collection {
    /// An empty collection. The name of a span is cut to `longest_name` bytes.
    pub(crate) fn new(longest_name: usize) -> Self {
        Self {
            batches: Vec::new(),
            found: Vec::new(),
            provisional: Vec::new(),
            forced: Vec::new(),
            shown: Vec::new(),
            most: [0; 3],
            period: Period::new(),
            longest_name,
            clock: Clock::new(),
        }
    }

    pub(crate) fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// The number of spans.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// All spans.
    pub(crate) fn spans(&self) -> CollectedSpans<'_> {
        CollectedSpans {
            collection: self,
            found: &self.found,
        }
    }

    /// Adds the spans of a batch. Returns what was left out of them.
    pub(crate) fn add(&mut self, batch: Batch) -> LeftOut {
        let left_out = batch.left_out;
        self.find(&batch, Standing::of);
        self.batches.push(batch);
        left_out
    }

    /// Adds the spans of a trace that is kept although the sampler has rejected it.
    pub(crate) fn add_kept(&mut self, batch: Batch) {
        self.find(&batch, |_| Standing::Reported);
        self.batches.push(batch);
    }

    /// The spans of traces that the sampler has rejected.
    pub(crate) fn provisional(&self) -> CollectedSpans<'_> {
        CollectedSpans {
            collection: self,
            found: &self.provisional,
        }
    }

    /// Reports one of them.
    pub(crate) fn report_provisional(&mut self, index: usize) {
        self.found.extend(self.provisional.get(index).copied());
    }

    /// The local roots of rejected traces that were forced later.
    pub(crate) fn take_forced(&mut self) -> Vec<u64> {
        mem::take(&mut self.forced)
    }

    fn find(&mut self, batch: &Batch, standing: impl Fn(TraceFlags) -> Standing) {
        let place = self.batches.len() as u32;
        for (index, record) in batch.records.iter().enumerate() {
            let mut span = FoundSpan {
                end: record.end,
                batch: place,
                record: index as u32,
                tags: self.shown.len() as u32,
                logs: 0,
                over: 0,
                name: NONE,
            };
            show(&mut self.shown, &mut span, batch, record);
            let identity = batch.identities.get(record.identity as usize);
            match identity.map_or(Standing::Reported, |identity| standing(identity.flags)) {
                Standing::Reported => self.found.push(span),
                Standing::Provisional => self.provisional.push(span),
                Standing::Forced => {
                    self.found.push(span);
                    let is_root = |identity: &&Identity| identity.local_root == record.span.number;
                    self.forced
                        .extend(identity.filter(is_root).map(|identity| identity.local_root));
                }
            }
        }
    }

    /// Puts the spans in the order in which they finished.
    pub(crate) fn sort(&mut self) {
        self.found
            .sort_unstable_by_key(|span| (span.end, span.batch, span.record));
    }

    /// Forgets the spans, and returns their batches.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = Batch> {
        let count = [self.found.len(), self.provisional.len(), self.shown.len()];
        for (most, count) in self.most.iter_mut().zip(count) {
            *most = count.max(*most);
        }
        self.found.clear();
        self.provisional.clear();
        self.shown.clear();
        if self.period.is_over(Instant::now()) {
            let [found, provisional, shown] = mem::take(&mut self.most);
            shrink(&mut self.found, found);
            shrink(&mut self.provisional, provisional);
            shrink(&mut self.shown, shown);
        }
        self.batches.drain(..)
    }
}

/// Gives memory back if more than half of it was not needed.
fn shrink<T>(list: &mut Vec<T>, most: usize) {
    if most < list.capacity() / 2 {
        list.shrink_to(most);
    }
}

/// What becomes of a span.
#[derive(Debug, Clone, Copy)]
enum Standing {
    Reported,
    /// It waits for the end of its local root.
    Provisional,
    /// It is reported although the sampler has rejected its trace.
    Forced,
}

impl Standing {
    fn of(flags: TraceFlags) -> Self {
        match (flags.contains(TraceFlags::PROVISIONAL), flags.is_sampled()) {
            (false, _) => Self::Reported,
            (true, false) => Self::Provisional,
            (true, true) => Self::Forced,
        }
    }
}

/// Some of the spans of a collection, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CollectedSpans<'a> {
    collection: &'a Collection,
    found: &'a [FoundSpan],
}

impl<'a> CollectedSpans<'a> {
    pub(crate) fn len(self) -> usize {
        self.found.len()
    }

    pub(crate) fn get(self, index: usize) -> Option<CollectedSpan<'a>> {
        CollectedSpan::of(self.collection, self.found.get(index)?)
    }

    pub(super) fn skip(self, count: usize) -> Self {
        let found = self.found.get(count..).unwrap_or_default();
        Self { found, ..self }
    }

    pub(super) fn first(self, count: usize) -> Self {
        let found = self.found.get(..count).unwrap_or(self.found);
        Self { found, ..self }
    }
}

/// A span that was found, with the collection that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CollectedSpan<'a> {
    collection: &'a Collection,
    found: &'a FoundSpan,
    batch: &'a Batch,
    record: &'a FinishedRecord,
    identity: &'a Identity,
}

impl<'a> CollectedSpan<'a> {
    fn of(collection: &'a Collection, found: &'a FoundSpan) -> Option<Self> {
        let batch = collection.batches.get(found.batch as usize)?;
        let record = batch.records.get(found.record as usize)?;
        Some(Self {
            collection,
            found,
            batch,
            record,
            identity: batch.identities.get(record.identity as usize)?,
        })
    }

    pub(super) fn identity(self) -> &'a Identity {
        self.identity
    }

    /// The number of the span of this process that waits for it.
    pub(crate) fn local_root(self) -> u64 {
        self.identity.local_root
    }

    /// Copies it to another batch.
    pub(super) fn copy_to(self, batch: &mut Batch) {
        batch.copy(self.batch, self.record);
    }

    pub(super) fn span_id(self) -> SpanId {
        self.identity.key.span_id(self.record.span.number)
    }

    pub(super) fn parent_span_id(self) -> Option<SpanId> {
        match self.record.span.parent {
            0 => self.identity.parent,
            parent => Some(self.identity.key.span_id(parent)),
        }
    }

    pub(super) fn name(self) -> Key<'a> {
        let entries = &self.batch.entries;
        let name = match entries.get(self.found.name) {
            Some(entry) => entry.key.key(&entries.text),
            None => Key::Static(self.record.span.name),
        };
        // The literals of attributes were not looked at before.
        name.cut(self.collection.longest_name)
    }

    pub(super) fn start_tick(self) -> Tick {
        self.record.span.start
    }

    pub(super) fn start_time(self) -> SystemTime {
        let explicit = self.batch.rare_of(self.record).and_then(|rare| rare.start);
        explicit.unwrap_or_else(|| self.collection.clock.time(self.record.span.start))
    }

    pub(super) fn duration(self) -> Duration {
        let (_, duration) = self.times();
        duration
    }

    pub(super) fn times(self) -> (SystemTime, Duration) {
        let start = self.start_time();
        let explicit = self.batch.rare_of(self.record).and_then(|rare| rare.end);
        let end = explicit.unwrap_or_else(|| self.collection.clock.time(self.record.end));
        (start, end.duration_since(start).unwrap_or_default())
    }

    pub(crate) fn is_local_root(self) -> bool {
        self.identity.has_local_root(&self.record.span)
    }

    pub(super) fn references(self) -> &'a [Reference] {
        let rare = self.batch.rare_of(self.record);
        let references = rare.and_then(|rare| {
            let first = rare.first_reference as usize;
            self.batch.references.get(first..first + rare.references as usize)
        });
        references.unwrap_or_default()
    }

    fn shown(self, from: u32, to: u32) -> &'a [u32] {
        let shown = self.collection.shown.get(from as usize..to as usize);
        shown.unwrap_or_default()
    }

    pub(super) fn tags(self) -> ShownTags<'a> {
        ShownTags {
            shown: self.shown(self.found.tags, self.found.logs).iter(),
            entries: &self.batch.entries,
            decision: self.batch.decision_of(self.record).as_slice(),
        }
    }

    pub(super) fn logs(self) -> ShownLogs<'a> {
        ShownLogs {
            shown: self.shown(self.found.logs, self.found.over).iter(),
            entries: &self.batch.entries,
            clock: &self.collection.clock,
        }
    }
}

/// A tag or a field, as it is in the buffers.
#[derive(Debug, Clone, Copy)]
pub(super) enum ShownTag<'a> {
    OfDecision(&'a Tag),
    Entry(&'a Entry, &'a Entries),
}

/// The tags of a span.
#[derive(Debug, Clone)]
pub(super) struct ShownTags<'a> {
    shown: slice::Iter<'a, u32>,
    entries: &'a Entries,
    decision: &'a [Tag],
}

impl<'a> Iterator for ShownTags<'a> {
    type Item = ShownTag<'a>;

    fn next(&mut self) -> Option<ShownTag<'a>> {
        let index = *self.shown.next()?;
        match index & OF_DECISION {
            0 => Some(ShownTag::Entry(self.entries.get(index)?, self.entries)),
            _ => Some(ShownTag::OfDecision(
                self.decision.get((index ^ OF_DECISION) as usize)?,
            )),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.shown.size_hint()
    }
}

/// The log records of a span.
#[derive(Debug, Clone)]
pub(super) struct ShownLogs<'a> {
    shown: slice::Iter<'a, u32>,
    entries: &'a Entries,
    clock: &'a Clock,
}

impl<'a> Iterator for ShownLogs<'a> {
    type Item = ShownLog<'a>;

    fn next(&mut self) -> Option<ShownLog<'a>> {
        let index = *self.shown.next()?;
        let time = match self.entries.get(index)?.value {
            EntryValue::Moment(tick) => self.clock.time(tick),
            _ => UNIX_EPOCH,
        };
        Some(ShownLog {
            time,
            fields: self.entries.fields_of(index),
            entries: self.entries,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.shown.size_hint()
    }
}

/// A log record, as it is in the buffers.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShownLog<'a> {
    pub(super) time: SystemTime,
    pub(super) fields: &'a [Entry],
    pub(super) entries: &'a Entries,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::batch::tests::fill;

    /// Collects so many times a hundred spans and forgets them.
    fn collect(collection: &mut Collection, hundreds: usize) {
        let mut batch = Batch::new();
        (0..hundreds).for_each(|_| fill(&mut batch));
        collection.add(batch);
        assert_eq!(collection.len(), 100 * hundreds);
        assert_eq!(collection.clear().count(), 1);
        assert_eq!(collection.len(), 0);
    }

    #[test]
    fn memory_that_was_not_needed_for_a_period_is_given_back() {
        let now = Instant::now();
        let later = now + Duration::from_secs(3_600);
        let mut collection = Collection::new(usize::MAX);
        collection.period.set_end(later);
        collect(&mut collection, 50);
        let large = collection.found.capacity();
        collection.period.set_end(now);
        collect(&mut collection, 1);
        assert_eq!(collection.found.capacity(), large);

        collection.period.set_end(later);
        collect(&mut collection, 2);
        assert_eq!(collection.found.capacity(), large);
        collection.period.set_end(now);
        collect(&mut collection, 1);
        assert!((200..400).contains(&collection.found.capacity()));
    }

    #[test]
    fn the_first_spans_and_the_others_are_all_that_were_collected() {
        let (mut collection, mut batch) = (Collection::new(usize::MAX), Batch::new());
        fill(&mut batch);
        collection.add(batch);
        let numbers = |spans: CollectedSpans<'_>| {
            let spans = (0..spans.len()).filter_map(|index| spans.get(index));
            spans.map(|span| span.record.span.number).collect::<Vec<_>>()
        };
        let spans = collection.spans();
        assert_eq!(numbers(spans), (1..=100).collect::<Vec<_>>());
        assert_eq!(numbers(spans.first(30)), (1..=30).collect::<Vec<_>>());
        assert_eq!(numbers(spans.skip(30)), (31..=100).collect::<Vec<_>>());
        assert_eq!((spans.first(200).len(), spans.skip(200).len()), (100, 0));
    }
}
