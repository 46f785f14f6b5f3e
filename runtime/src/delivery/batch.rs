//! Finished spans in compact form, on their way from a thread to the worker.

use std::borrow::Cow;
use std::mem;
use std::time::Duration;

use super::details::{Details, RareFields};
use crate::metrics::stats::LeftOut;
use crate::model::finished_span::{FinishedSpan, LogRecord};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::id_generator::IdKey;
use crate::util::clock::Clock;
use crate::util::tick::Tick;

/// The fields that the spans of one trace on one thread share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    pub(crate) flags: TraceFlags,
    pub(crate) key: IdKey,
    /// The parent of the spans that have no parent on this thread.
    pub(crate) parent: Option<SpanId>,
    pub(crate) remote_parent: bool,
}

impl Identity {
    /// Whether this span of them has no parent in this process.
    #[inline]
    pub(crate) fn has_local_root(&self, span: &SpanStart) -> bool {
        span.parent == 0 && (self.parent.is_none() || self.remote_parent)
    }
}

/// The fields of a span that are known at its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanStart {
    pub(crate) number: u64,
    /// The number of the parent, or zero for a span without a parent on its thread.
    pub(crate) parent: u64,
    pub(crate) start: Tick,
    pub(crate) name: &'static str,
}

impl SpanStart {
    pub(crate) const NONE: Self = Self {
        number: 0,
        parent: 0,
        start: Tick::ZERO,
        name: "",
    };
}

/// A finished span without its details, in compact form. It is `Copy`, so that writing one into a batch is
/// one move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FinishedRecord {
    span: SpanStart,
    end: Tick,
    /// Index of the identity in the batch.
    identity: u32,
    /// Index of the details in the batch; there are none if it is not less than their number.
    details: u32,
}

impl FinishedRecord {
    #[inline]
    pub(crate) fn new(span: SpanStart, end: Tick) -> Self {
        Self {
            span,
            end,
            identity: 0,
            details: u32::MAX,
        }
    }

    fn finish(self, identity: &Identity, rare: RareFields, clock: &Clock) -> FinishedSpan {
        let RareFields {
            name,
            tags,
            logs,
            references,
            start,
            end,
            ..
        } = rare;
        let start_time = start.unwrap_or_else(|| clock.time(self.span.start));
        let end_time = end.unwrap_or_else(|| clock.time(self.end));
        let local_parent = (self.span.parent != 0).then(|| identity.key.span_id(self.span.parent));
        FinishedSpan {
            trace_id: identity.trace_id,
            span_id: identity.key.span_id(self.span.number),
            parent_span_id: local_parent.or(identity.parent),
            operation_name: name.unwrap_or(Cow::Borrowed(self.span.name)),
            references,
            flags: identity.flags,
            start_time,
            duration: end_time.duration_since(start_time).unwrap_or(Duration::ZERO),
            tags: tags.into_tags(),
            logs: logs
                .into_records()
                .into_iter()
                .map(|(tick, fields)| LogRecord {
                    time: clock.time(tick),
                    fields,
                })
                .collect(),
            local_root: identity.has_local_root(&self.span),
        }
    }
}

fn index_of_last<T>(items: &[T]) -> u32 {
    u32::try_from(items.len() - 1).unwrap_or(u32::MAX)
}

/// Finished spans, and the identities and details that they refer to.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) records: Vec<FinishedRecord>,
    identities: Vec<Identity>,
    details: Vec<Details>,
    bytes: usize,
    /// Whether some of the details count as those of open spans.
    is_charged: bool,
}

impl Batch {
    pub(crate) const fn new() -> Self {
        Self {
            records: Vec::new(),
            identities: Vec::new(),
            details: Vec::new(),
            bytes: 0,
            is_charged: false,
        }
    }

    /// Adds a span whose identity was added before.
    #[inline]
    pub(crate) fn push(&mut self, mut record: FinishedRecord, identity: u32, details: Details) {
        record.identity = identity;
        if !details.is_none() {
            record.details = self.add_details(details);
        }
        self.records.push(record);
    }

    fn add_details(&mut self, details: Details) -> u32 {
        self.bytes += details.heap_size();
        self.is_charged |= details.are_charged();
        self.details.push(details);
        index_of_last(&self.details)
    }

    pub(crate) fn add_identity(&mut self, identity: Identity) -> u32 {
        self.identities.push(identity);
        index_of_last(&self.identities)
    }

    /// An estimate of the memory of its spans, in bytes: what they take once the worker has them.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.records.len() * size_of::<(Tick, FinishedSpan)>()
    }

    /// Its spans count no longer as open.
    pub(crate) fn discharge(&mut self) {
        if mem::take(&mut self.is_charged) {
            self.details.iter_mut().for_each(Details::discharge);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.identities.clear();
        self.details.clear();
        self.bytes = 0;
    }

    /// Drops all but the first `spans` spans, and the identities and details that only the dropped ones refer
    /// to. While the queue is full, the leftovers of many batches would add up.
    pub(crate) fn truncate(&mut self, spans: usize) {
        for record in self.records.drain(spans..) {
            if let Some(details) = self.details.get_mut(record.details as usize) {
                *details = Details::NONE;
            }
        }
        let (mut identities, mut details) = (0, 0);
        for record in &self.records {
            identities = identities.max(record.identity as usize + 1);
            if (record.details as usize) < self.details.len() {
                details = details.max(record.details as usize + 1);
            }
        }
        self.identities.truncate(identities);
        self.details.truncate(details);
        self.bytes = self.details.iter().map(Details::heap_size).sum();
    }

    pub(crate) fn append(&mut self, other: &mut Self) {
        let identities = self.identities.len() as u32;
        let details = self.details.len() as u32;
        self.identities.append(&mut other.identities);
        self.details.append(&mut other.details);
        self.records
            .extend(other.records.drain(..).map(|record| FinishedRecord {
                identity: record.identity.saturating_add(identities),
                details: record.details.saturating_add(details),
                ..record
            }));
        self.bytes += other.bytes;
        other.clear();
    }

    /// Converts all records to finished spans, together with the ticks at which they ended. Returns what was left out
    /// of them.
    pub(crate) fn drain_into(&mut self, clock: &Clock, spans: &mut Vec<(Tick, FinishedSpan)>) -> LeftOut {
        let mut left_out = LeftOut::default();
        for record in self.records.drain(..) {
            let details = self.details.get_mut(record.details as usize);
            let details = details.map(mem::take).unwrap_or_default();
            if let Some(identity) = self.identities.get(record.identity as usize) {
                let rare = details.into_rare();
                left_out.add(rare.left_out);
                spans.push((record.end, record.finish(identity, rare, clock)));
            }
        }
        self.clear();
        left_out
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::id_generator;
    use crate::model::tag::Tag;

    fn record(number: u64, name: &'static str) -> FinishedRecord {
        let span = SpanStart {
            number,
            parent: 0,
            start: Tick::now(),
            name,
        };
        FinishedRecord::new(span, Tick::now())
    }

    pub(crate) fn fill(batch: &mut Batch) {
        let identity = batch.add_identity(Identity {
            trace_id: id_generator::new_trace_id(false),
            flags: TraceFlags::SAMPLED,
            key: IdKey::of_process(),
            parent: None,
            remote_parent: false,
        });
        for number in 1..=100 {
            let record = record(number, "op");
            batch.push(record, identity, Details::NONE);
        }
    }

    #[test]
    fn what_is_cut_off_a_batch_leaves_nothing_behind_that_a_full_queue_would_pile_up() {
        let mut batch = Batch::new();
        for _ in 0..3 {
            fill(&mut batch);
            let mut details = Details::NONE;
            details.set_own_tag(Tag::new("key", "value"));
            batch.add_details(details);
            batch.records.last_mut().unwrap().details = index_of_last(&batch.details);
        }
        let held = |batch: &Batch| (batch.records.len(), batch.identities.len(), batch.details.len());
        for (spans, expected) in [
            (300, (300, 3, 3)),
            (250, (250, 3, 2)),
            (200, (200, 2, 2)),
            (199, (199, 2, 1)),
            (0, (0, 0, 0)),
        ] {
            batch.truncate(spans);
            assert_eq!(held(&batch), expected);
        }
        let mut waiting = Batch::new();
        fill(&mut waiting);
        waiting.append(&mut batch);
        assert_eq!(held(&waiting), (100, 1, 0));
    }

    #[test]
    fn spans_that_find_no_room_are_lost_with_their_details() {
        let tag = || Tag::new("key", "value");
        let mut batch = Batch::new();
        fill(&mut batch);
        for _ in 0..2 {
            let mut details = Details::NONE;
            details.set_own_tag(tag());
            let record = record(1, "tagged");
            batch.push(record, 0, details);
        }
        let mut first = Batch::new();
        fill(&mut first);
        batch.truncate(101);
        first.append(&mut batch);
        let mut spans = Vec::new();
        assert!(first.bytes > 0);
        first.drain_into(&Clock::new(), &mut spans);
        assert_eq!(spans.len(), 201);
        let tagged: Vec<_> = spans.iter().filter(|(_, span)| !span.tags.is_empty()).collect();
        assert_eq!(tagged.len(), 1);
        assert_eq!(
            (tagged[0].1.operation_name.as_ref(), &tagged[0].1.tags[..]),
            ("tagged", &[tag()][..])
        );
        assert_eq!(first.bytes(), 0);
    }
}
