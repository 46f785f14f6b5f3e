//! Finished spans in compact form, on their way from a thread to the worker.

use super::backlog::Reserved;
use super::chain::{Chain, NONE};
use super::details::Details;
use super::entries::Entries;
use super::identity::Identity;
use super::record::{FinishedRecord, NO_DECISION, Rare, SpanStart};
use super::records::Records;
use crate::metrics::stats::LeftOut;
use crate::model::decision_tags::DecisionTags;
use crate::model::finished_span::Reference;
use crate::model::tag::tags;
use crate::util::tick::Tick;

/// A span that ends and is not on a stack.
#[derive(Debug)]
pub(crate) struct EndingSpan<'a> {
    pub(crate) span: SpanStart,
    pub(crate) end: Tick,
    pub(crate) identity: Identity,
    pub(crate) details: Option<&'a Details>,
    pub(crate) decision: &'a DecisionTags,
}

impl EndingSpan<'_> {
    /// The bytes that it takes of a batch.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        let details = self
            .details
            .map_or(0, |details| size_of::<Rare>() + details.copied_size());
        Batch::BYTES_OF_ONE + details
    }

    /// Whether it can be counted with the spans of a batch.
    #[inline]
    pub(crate) fn fits_into(&self, batch: &Batch) -> bool {
        let details = self.details.map_or(0, Details::copied_size);
        batch.entries.admits(details) && (self.decision.is_none() || batch.has_place_for_decision())
    }

    #[inline]
    pub(crate) fn add_to(&self, batch: &mut Batch) {
        let identity = batch.add_identity(self.identity);
        match self.details {
            Some(details) => batch.push_detailed(self.span, self.end, identity, details),
            None => batch.push(self.span, self.end, identity, Chain::EMPTY),
        }
        batch.explain(self.decision);
    }

    /// As [`add_to`](Self::add_to), for a span that goes on after this.
    pub(crate) fn add_open_to(&self, batch: &mut Batch) {
        let identity = batch.add_identity(self.identity);
        let details = self.details;
        let mut chain = details.map_or(Chain::EMPTY, |details| details.copy_to(&mut batch.entries));
        batch.entries.add_own_tag(&mut chain, tags::UNFINISHED);
        let rare = details.map_or(NONE, |details| batch.add_rare(details));
        batch.push(self.span, self.end, identity, chain);
        if let Some(record) = batch.records.last_mut() {
            record.rare = rare;
        }
        batch.explain(self.decision);
    }
}

/// Finished spans, and all that they refer to.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(super) records: Records,
    pub(super) identities: Vec<Identity>,
    /// Of these spans, and of open ones.
    pub(crate) entries: Entries,
    pub(super) rares: Vec<Rare>,
    pub(super) references: Vec<Reference>,
    decisions: Vec<DecisionTags>,
    pub(super) left_out: LeftOut,
    /// What it holds of the queue.
    pub(super) reserved: Reserved,
}

fn index_of_last<T>(items: &[T]) -> u32 {
    u32::try_from(items.len() - 1).unwrap_or(NONE)
}

fn shifted(index: u32, by: usize) -> u32 {
    match index {
        NONE => NONE,
        index => index + by as u32,
    }
}

impl Batch {
    pub(crate) const fn new() -> Self {
        Self {
            records: Records::new(),
            identities: Vec::new(),
            entries: Entries::new(),
            rares: Vec::new(),
            references: Vec::new(),
            decisions: Vec::new(),
            left_out: LeftOut::NONE,
            reserved: Reserved::NOTHING,
        }
    }

    /// The number of finished spans.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds a span whose identity was added before, and whose entries are in this batch.
    #[inline]
    pub(crate) fn push(&mut self, span: SpanStart, end: Tick, identity: u32, chain: Chain) {
        self.records
            .push(FinishedRecord::new(&span, end, identity, chain));
    }

    /// As [`push`](Self::push), for a span that ends now, if there is room. False for each sixteenth span too.
    #[inline(always)]
    pub(crate) fn push_at_once(&mut self, span: &SpanStart, identity: u32, chain: Chain) -> bool {
        if self.records.len() % 16 == 15 {
            return false;
        }
        let Some(end) = Tick::of_counter_now() else {
            return false;
        };
        self.records
            .push_at_once(FinishedRecord::new(span, end, identity, chain))
    }

    /// Adds a span that says nothing and shares its identity with no other.
    #[inline(always)]
    pub(crate) fn push_alone(
        &mut self,
        span: &SpanStart,
        end: Tick,
        identity: &Identity,
        decision: &DecisionTags,
    ) {
        self.identities.push(*identity);
        let identity = index_of_last(&self.identities);
        let mut record = FinishedRecord::new(span, end, identity, Chain::EMPTY);
        record.decision = self.index_of_decision(decision);
        self.records.push(record);
    }

    /// Adds a span that has details of its own, which are copied.
    pub(crate) fn push_detailed(&mut self, span: SpanStart, end: Tick, identity: u32, details: &Details) {
        let chain = details.copy_to(&mut self.entries);
        let rare = self.add_rare(details);
        self.left_out.add(details.left_out);
        self.push(span, end, identity, chain);
        if let Some(record) = self.records.last_mut() {
            record.rare = rare;
            record.has_own_keys = true;
        }
    }

    fn add_rare(&mut self, details: &Details) -> u32 {
        if details.references.is_empty() && details.start.is_none() && details.end.is_none() {
            return NONE;
        }
        self.rares.push(Rare {
            first_reference: self.references.len() as u32,
            references: details.references.len() as u32,
            start: details.start,
            end: details.end,
        });
        self.references.extend_from_slice(&details.references);
        index_of_last(&self.rares)
    }

    /// Adds the tags of the sampler to the span that was added last.
    pub(crate) fn explain(&mut self, decision: &DecisionTags) {
        let index = self.index_of_decision(decision);
        if let Some(record) = self.records.last_mut() {
            record.decision = index;
        }
    }

    /// The index of these tags, which are those that were added last if there is no room for more.
    #[inline(always)]
    fn index_of_decision(&mut self, decision: &DecisionTags) -> u16 {
        if decision.is_none() {
            return NO_DECISION;
        }
        let is_known = self.decisions.last().is_some_and(|last| last.is_same(decision));
        if !is_known {
            self.add_decision(decision);
        }
        (self.decisions.len() - 1) as u16
    }

    #[cold]
    fn add_decision(&mut self, decision: &DecisionTags) {
        if self.decisions.len() < usize::from(NO_DECISION) {
            self.decisions.push(decision.clone());
        }
    }

    /// Says why the sampler decided about a span, instead of what was said before.
    pub(super) fn explain_record(&mut self, index: usize, decision: DecisionTags) {
        if self.decisions.len() >= usize::from(NO_DECISION) {
            return;
        }
        if let Some(record) = self.records.get_mut(index) {
            record.decision = self.decisions.len() as u16;
            self.decisions.push(decision);
        }
    }

    /// Copies a span of another batch, with all that it refers to.
    pub(super) fn copy(&mut self, from: &Self, record: &FinishedRecord) {
        let Some(identity) = from.identities.get(record.identity as usize) else {
            return;
        };
        let identity = match self.identities.last() {
            Some(last) if last.is_same(identity) => index_of_last(&self.identities),
            _ => self.add_identity(*identity),
        };
        let chain = self.entries.copy_chain(&from.entries, record.last);
        let rare = from.rare_of(record).map(|rare| self.copy_rare(from, rare));
        self.records.push(FinishedRecord {
            last: chain.last,
            identity,
            rare: rare.unwrap_or(NONE),
            decision: NO_DECISION,
            ..*record
        });
        self.explain(from.decision_of(record));
    }

    fn copy_rare(&mut self, from: &Self, rare: &Rare) -> u32 {
        let first = rare.first_reference as usize;
        let references = from.references.get(first..first + rare.references as usize);
        self.rares.push(Rare {
            first_reference: self.references.len() as u32,
            ..*rare
        });
        self.references.extend_from_slice(references.unwrap_or_default());
        index_of_last(&self.rares)
    }

    pub(super) fn decision_of(&self, record: &FinishedRecord) -> &DecisionTags {
        const NONE: &DecisionTags = &DecisionTags::None;
        self.decisions.get(usize::from(record.decision)).unwrap_or(NONE)
    }

    pub(super) fn rare_of(&self, record: &FinishedRecord) -> Option<&Rare> {
        self.rares.get(record.rare as usize)
    }

    pub(crate) fn add_identity(&mut self, identity: Identity) -> u32 {
        self.identities.push(identity);
        index_of_last(&self.identities)
    }

    /// The bytes of a span that is alone in its trace and says nothing.
    pub(crate) const BYTES_OF_ONE: usize = size_of::<FinishedRecord>() + size_of::<Identity>();

    #[inline]
    pub(crate) fn has_place_for_decision(&self) -> bool {
        self.decisions.len() + 1 < usize::from(NO_DECISION)
    }

    /// The bytes that its spans take.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.records.len() * size_of::<FinishedRecord>()
            + self.identities.len() * size_of::<Identity>()
            + self.rares.len() * size_of::<Rare>()
            + self.references.len() * size_of::<Reference>()
            + self.entries.size()
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.identities.clear();
        self.entries.clear();
        self.rares.clear();
        self.references.clear();
        self.decisions.clear();
        self.left_out = LeftOut::NONE;
        self.reserved = Reserved::NOTHING;
    }

    /// Whether the spans of another batch can be counted with these.
    pub(super) fn can_append(&self, other: &Self) -> bool {
        self.entries.admits(other.entries.size())
            && self.decisions.len() + other.decisions.len() < usize::from(NO_DECISION)
    }

    /// Adds the first `spans` spans of another batch, which is empty then.
    pub(super) fn append(&mut self, other: &mut Self, spans: usize) {
        if spans > 0 {
            let (identities, rares) = (self.identities.len(), self.rares.len());
            let (references, decisions) = (self.references.len() as u32, self.decisions.len() as u16);
            let entries = self.entries.append(&other.entries) as usize;
            self.identities.append(&mut other.identities);
            self.references.append(&mut other.references);
            self.decisions.append(&mut other.decisions);
            self.rares.extend(other.rares.iter().map(|rare| Rare {
                first_reference: rare.first_reference + references,
                ..*rare
            }));
            let records = other.records.iter().take(spans);
            self.records.extend(records.map(|record| FinishedRecord {
                last: shifted(record.last, entries),
                identity: shifted(record.identity, identities),
                rare: shifted(record.rare, rares),
                decision: match record.decision {
                    NO_DECISION => NO_DECISION,
                    decision => decision + decisions,
                },
                ..*record
            }));
            self.left_out.add(other.left_out);
        }
        other.recycle();
    }

    /// Takes the first `spans` spans of another batch, with the places that it has reserved, and leaves it empty.
    pub(super) fn take_first(&mut self, other: &mut Self, spans: usize) {
        for record in other.records.iter().take(spans) {
            self.copy(other, record);
        }
        self.left_out.add(other.left_out);
        self.reserved.add(&other.reserved);
        other.recycle();
    }

    /// Drops all but the first `spans` spans. What only the others refer to stays until the batch is cleared.
    pub(super) fn truncate(&mut self, spans: usize) {
        match spans {
            0 => self.clear(),
            spans => self.records.truncate(spans),
        }
    }

    /// Empties it for its next use. The memory of spans that said very much is given back.
    pub(super) fn recycle(&mut self) {
        match self.capacity() > LARGEST {
            true => *self = Self::new(),
            false => self.clear(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.records.capacity() * size_of::<FinishedRecord>()
            + self.identities.capacity() * size_of::<Identity>()
            + self.rares.capacity() * size_of::<Rare>()
            + self.references.capacity() * size_of::<Reference>()
            + self.entries.capacity()
    }
}

/// A batch with more memory than this does not keep it, in bytes. A thread seldom has so much before it hands over.
pub(super) const LARGEST: usize = 512 * 1024;

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::delivery::bounds::tests::bounds;
    use crate::delivery::entry::Key;
    use crate::model::flags::TraceFlags;
    use crate::model::id_generator;
    use crate::model::tag::Tag;
    use crate::model::value::Value;

    fn start(number: u64, name: &'static str) -> SpanStart {
        SpanStart {
            number,
            parent: 0,
            start: Tick::now(),
            name,
        }
    }

    pub(crate) fn identity() -> Identity {
        Identity::of_trace(id_generator::new_trace_id(false), TraceFlags::SAMPLED)
    }

    pub(crate) fn fill(batch: &mut Batch) {
        let identity = batch.add_identity(identity());
        for number in 1..=100 {
            batch.push(start(number, "op"), Tick::now(), identity, Chain::EMPTY);
        }
    }

    /// A batch with a span for each value, which is its tag.
    fn tagged(values: &[i64]) -> Batch {
        let (mut batch, bounds) = (Batch::new(), bounds(128));
        fill(&mut batch);
        batch.truncate(1);
        for value in values {
            let mut details = Details::default();
            details.set_tag(Key::Text("key"), &Value::Long(*value), bounds.recorded());
            batch.push_detailed(start(1, "tagged"), Tick::now(), 0, &details);
            batch.explain(&DecisionTags::Shared(vec![Tag::new("decision", *value)].into()));
        }
        batch
    }

    fn tags(batch: &Batch) -> Vec<(String, i64, i64)> {
        let of = |record: &FinishedRecord| {
            let entry = batch.entries.get(record.last)?;
            let decision = batch.decision_of(record).as_slice().first()?;
            let (Value::Long(value), crate::model::tag::TagValue::Long(decided)) =
                (batch.entries.value_of(entry), &decision.value)
            else {
                return None;
            };
            Some((entry.key.get(&batch.entries.text).to_owned(), value, *decided))
        };
        batch.records.iter().filter_map(of).collect()
    }

    #[test]
    fn spans_keep_what_they_say_when_batches_are_joined() {
        let (mut first, mut second) = (tagged(&[1, 2]), tagged(&[3, 4]));
        let bytes = first.bytes() + second.bytes();
        first.append(&mut second, 3);
        assert_eq!(first.bytes(), bytes);
        assert_eq!((first.len(), second.len(), second.bytes()), (6, 0, 0));
        let expected = [1, 2, 3, 4].map(|value| ("key".to_owned(), value, value));
        assert_eq!(tags(&first), expected);
    }

    #[test]
    fn spans_that_find_no_room_are_left_out_of_a_joined_batch() {
        let (mut first, mut second) = (tagged(&[1]), tagged(&[2, 3]));
        first.append(&mut second, 2);
        assert_eq!(tags(&first).len(), 2);
        let bytes = first.bytes();
        first.append(&mut tagged(&[4]), 0);
        assert_eq!((first.bytes(), tags(&first).len()), (bytes, 2));
    }

    #[test]
    fn batches_with_more_decisions_than_have_numbers_are_not_joined() {
        let (mut first, mut second) = (tagged(&[1]), tagged(&[2]));
        assert!(first.can_append(&second));
        let numbers = usize::from(NO_DECISION);
        first.decisions.resize(numbers - 2, DecisionTags::None);
        assert!(first.can_append(&second));
        second.decisions.push(DecisionTags::None);
        assert!(!first.can_append(&second));
    }

    #[test]
    fn the_bytes_of_a_batch_count_its_spans_and_what_they_refer_to() {
        let (mut batch, bounds) = (Batch::new(), bounds(128));
        let (identity, mut details) = (identity(), Details::default());
        let cause = Reference::follows_from(identity.trace_id, crate::model::id::SpanId::MIN);
        details.refer(&[cause; 3], 0, bounds.recorded());
        let identity = batch.add_identity(identity);
        batch.push(start(1, "alone"), Tick::now(), identity, Chain::EMPTY);
        assert_eq!(batch.bytes(), Batch::BYTES_OF_ONE);
        batch.push_detailed(start(2, "follows"), Tick::now(), identity, &details);
        let more = size_of::<FinishedRecord>() + size_of::<Rare>() + 3 * size_of::<Reference>();
        assert_eq!(batch.bytes(), Batch::BYTES_OF_ONE + more);
    }

    #[test]
    fn copies_of_spans_share_what_their_trace_says_but_not_with_another_trace() {
        let (mut all, mut copies) = (Batch::new(), Batch::new());
        for _ in 0..2 {
            fill(&mut all);
        }
        for record in all.records.iter() {
            copies.copy(&all, record);
        }
        let trace_ids = |batch: &Batch| {
            batch
                .identities
                .iter()
                .map(|identity| identity.trace_id)
                .collect::<Vec<_>>()
        };
        assert_eq!(trace_ids(&copies), trace_ids(&all));
        assert_eq!(copies.records[99].identity, 0);
        assert_eq!(copies.records[100].identity, 1);
    }

    #[test]
    fn a_copied_span_says_the_same_in_the_same_order_however_much_it_says() {
        let bounds = bounds(128);
        for count in [0, 1, 16, 17, 40] {
            let (mut all, mut copies, mut details) = (tagged(&[7]), tagged(&[8]), Details::default());
            for value in 0..count {
                let key = format!("key {value}");
                details.set_tag(Key::Text(&key), &Value::Long(value), bounds.recorded());
            }
            all.push_detailed(start(1, "tagged"), Tick::now(), 0, &details);
            let record = all.records[2];
            copies.copy(&all, &record);
            let said = |batch: &Batch, last: u32| {
                let entries = batch.entries.back_from(last);
                let said = entries.map(|(_, entry)| {
                    let key = entry.key.get(&batch.entries.text).to_owned();
                    (key, format!("{:?}", batch.entries.value_of(entry)))
                });
                said.collect::<Vec<_>>()
            };
            let copied = said(&copies, copies.records[2].last);
            assert_eq!(copied, said(&all, record.last));
            assert_eq!(copied.len(), count as usize);
        }
    }

    #[test]
    fn the_same_decision_is_kept_once() {
        let mut batch = Batch::new();
        fill(&mut batch);
        let decision = DecisionTags::Shared(vec![Tag::new("sampler.type", "const")].into());
        for _ in 0..3 {
            batch.push(start(1, "root"), Tick::now(), 0, Chain::EMPTY);
            batch.explain(&decision);
        }
        assert_eq!(batch.decisions.len(), 1);
        assert_eq!(
            batch.decision_of(&batch.records[102]).as_slice(),
            decision.as_slice()
        );
        assert!(batch.decision_of(&batch.records[99]).is_none());
    }

    #[test]
    fn a_span_without_a_decision_says_none_however_many_decisions_there_are() {
        let (mut batch, numbers) = (Batch::new(), usize::from(NO_DECISION));
        fill(&mut batch);
        let decision = DecisionTags::Shared(vec![Tag::new("sampler.type", "const")].into());
        batch.decisions.resize(numbers, DecisionTags::None);
        batch.explain(&decision);
        assert_eq!(batch.decisions.len(), numbers);
        assert!(batch.decision_of(&batch.records[0]).is_none());
    }

    #[test]
    fn a_batch_keeps_the_memory_of_many_spans_and_not_that_of_spans_that_said_very_much() {
        let (mut batch, mut other, bounds) = (Batch::new(), Batch::new(), bounds(128));
        (0..3).for_each(|_| fill(&mut batch));
        let usual = batch.capacity();
        batch.recycle();
        assert_eq!((batch.len(), batch.capacity()), (0, usual));
        let mut details = Details::default();
        for number in 0..100 {
            let (key, value) = (format!("key {number}"), "x".repeat(LARGEST / 100));
            details.set_tag(Key::Text(&key), &Value::Text(&value), bounds.recorded());
        }
        for passed_on in [false, true] {
            fill(&mut batch);
            for _ in 0..12 {
                batch.push_detailed(start(1, "large"), Tick::now(), 0, &details);
            }
            if passed_on {
                other.append(&mut batch, 112);
            } else {
                batch.recycle();
            }
            assert_eq!(batch.capacity(), 0, "passed on: {passed_on}");
        }
        other.recycle();
        assert_eq!(other.capacity(), 0);
    }

    #[test]
    fn the_memory_of_a_batch_counts_each_of_its_lists() {
        let (mut batch, bounds) = (tagged(&[1, 2]), bounds(128));
        let mut details = Details::default();
        let cause = Reference::follows_from(identity().trace_id, crate::model::id::SpanId::MIN);
        details.refer(&[cause; 3], 0, bounds.recorded());
        batch.push_detailed(start(2, "follows"), Tick::now(), 0, &details);
        let lists = [
            batch.records.capacity() * size_of::<FinishedRecord>(),
            batch.identities.capacity() * size_of::<Identity>(),
            batch.rares.capacity() * size_of::<Rare>(),
            batch.references.capacity() * size_of::<Reference>(),
            batch.entries.capacity(),
        ];
        assert!(lists.iter().all(|&bytes| bytes > 0), "{lists:?}");
        assert_eq!(batch.capacity(), lists.iter().sum::<usize>());
    }

    #[test]
    fn a_span_whose_decision_would_have_no_number_does_not_fit() {
        let (mut batch, none) = (Batch::new(), DecisionTags::None);
        let decision = DecisionTags::Shared(vec![Tag::new("sampler.type", "const")].into());
        let fits = |decision: &DecisionTags, batch: &Batch| {
            let ending = EndingSpan {
                span: start(1, "ends"),
                end: Tick::now(),
                identity: identity(),
                details: None,
                decision,
            };
            ending.fits_into(batch)
        };
        batch
            .decisions
            .resize(usize::from(NO_DECISION) - 2, DecisionTags::None);
        assert!(fits(&decision, &batch));
        batch.decisions.push(DecisionTags::None);
        assert!(!fits(&decision, &batch));
        assert!(fits(&none, &batch));
    }
}
