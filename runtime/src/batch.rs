//! Finished spans on their way from a thread to the worker.

use std::borrow::Cow;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, SystemTime};

use crate::clock::{Clock, Tick};
use crate::context::{SpanId, TraceFlags, TraceId};
use crate::finished::{FinishedSpan, LogRecord, Reference};
use crate::id::IdKey;
use crate::stats::Loss;
use crate::tag::{Tag, TagValue};
use crate::tracer::TracerInner;

/// What the spans of one trace on one thread share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    pub(crate) flags: TraceFlags,
    pub(crate) key: IdKey,
    /// The parent of those spans that have none on this thread.
    pub(crate) parent: Option<SpanId>,
    pub(crate) remote_parent: bool,
}

/// What most spans do not have.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) logs: Vec<(Tick, Vec<Tag>)>,
    pub(crate) references: Vec<Reference>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) end: Option<SystemTime>,
}

impl Extra {
    pub(crate) fn set_tag(&mut self, tag: Tag) {
        match self.tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => known.value = tag.value,
            None => self.tags.push(tag),
        }
    }

    fn heap_size(&self) -> usize {
        let tags = self
            .tags
            .iter()
            .chain(self.logs.iter().flat_map(|(_, fields)| fields));
        let name = self.name.as_ref().map_or(0, |name| name.len());
        let references = self.references.len() * size_of::<Reference>();
        size_of::<Self>() + name + references + tags.map(Tag::heap_size).sum::<usize>()
    }
}

/// The rarer parts of a span.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// The tags of the sampler's decision, shared by all spans that it decided alike.
    pub(crate) decision: Option<Arc<Vec<Tag>>>,
    extra: Option<Box<Extra>>,
}

impl Details {
    pub(crate) const NONE: Self = Self {
        decision: None,
        extra: None,
    };

    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// The name, if it is not the one that the record has.
    pub(crate) fn name(&self) -> Option<Cow<'static, str>> {
        self.extra.as_ref().and_then(|extra| extra.name.clone())
    }

    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        self.extra.is_none() && self.decision.is_none()
    }

    fn heap_size(&self) -> usize {
        self.extra.as_ref().map_or(0, |extra| extra.heap_size())
    }

    fn into_extra(self) -> Extra {
        let mut extra = self.extra.map(|extra| *extra).unwrap_or_default();
        if let Some(decision) = self.decision {
            let own = std::mem::replace(&mut extra.tags, decision.as_ref().clone());
            own.into_iter().for_each(|tag| extra.set_tag(tag));
        }
        extra
    }
}

/// A finished span without its details, as short as it can be. It is `Copy`, so that writing one into a batch is
/// one move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) number: u64,
    /// The number of the parent, or zero for a span without one on its thread.
    pub(crate) parent: u64,
    pub(crate) start: Tick,
    pub(crate) end: Tick,
    pub(crate) name: &'static str,
    /// Index of the identity in the batch.
    identity: u32,
    /// Index of the details in the batch, if it is less than their number.
    details: u32,
}

impl Record {
    #[inline]
    pub(crate) fn new(number: u64, parent: u64, name: &'static str, start: Tick, end: Tick) -> Self {
        Self {
            number,
            parent,
            start,
            end,
            name,
            identity: 0,
            details: u32::MAX,
        }
    }

    fn finish(self, identity: &Identity, details: Details, clock: &Clock) -> FinishedSpan {
        let Extra {
            name,
            tags,
            logs,
            references,
            start,
            end,
        } = details.into_extra();
        let start_time = start.unwrap_or_else(|| clock.time(self.start));
        let end_time = end.unwrap_or_else(|| clock.time(self.end));
        let local_parent = (self.parent != 0).then(|| identity.key.span_id(self.parent));
        FinishedSpan {
            trace_id: identity.trace_id,
            span_id: identity.key.span_id(self.number),
            parent_span_id: local_parent.or(identity.parent),
            operation_name: name.unwrap_or(Cow::Borrowed(self.name)),
            references,
            flags: identity.flags,
            start_time,
            duration: end_time.duration_since(start_time).unwrap_or(Duration::ZERO),
            tags,
            logs: logs
                .into_iter()
                .map(|(tick, fields)| LogRecord {
                    time: clock.time(tick),
                    fields,
                })
                .collect(),
            local_root: local_parent.is_none() && (identity.parent.is_none() || identity.remote_parent),
        }
    }
}

fn index_of_last<T>(items: &[T]) -> u32 {
    u32::try_from(items.len() - 1).unwrap_or(u32::MAX)
}

/// Finished spans, and the identities and details that they point into.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
    identities: Vec<Identity>,
    details: Vec<Details>,
    bytes: usize,
}

impl Batch {
    pub(crate) const fn new() -> Self {
        Self {
            records: Vec::new(),
            identities: Vec::new(),
            details: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a span with an identity that was added before.
    #[inline]
    pub(crate) fn push(&mut self, mut record: Record, identity: u32, details: Details) {
        record.identity = identity;
        if !details.is_none() {
            record.details = self.add_details(details);
        }
        self.records.push(record);
    }

    fn add_details(&mut self, details: Details) -> u32 {
        self.bytes += details.heap_size();
        self.details.push(details);
        index_of_last(&self.details)
    }

    pub(crate) fn add_identity(&mut self, identity: Identity) -> u32 {
        self.identities.push(identity);
        index_of_last(&self.identities)
    }

    /// An estimate of the memory that its spans take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.records.len() * size_of::<Record>()
    }

    fn clear(&mut self) {
        self.records.clear();
        self.identities.clear();
        self.details.clear();
        self.bytes = 0;
    }

    /// Drops the spans after the first few.
    fn truncate(&mut self, spans: usize) {
        for record in self.records.drain(spans..) {
            if let Some(details) = self.details.get_mut(record.details as usize) {
                *details = Details::NONE;
            }
        }
        self.bytes = self.details.iter().map(Details::heap_size).sum();
    }

    fn append(&mut self, other: &mut Self) {
        let identities = self.identities.len() as u32;
        let details = self.details.len() as u32;
        self.identities.append(&mut other.identities);
        self.details.append(&mut other.details);
        self.records.extend(other.records.drain(..).map(|record| Record {
            identity: record.identity.saturating_add(identities),
            details: record.details.saturating_add(details),
            ..record
        }));
        self.bytes += other.bytes;
        other.clear();
    }

    /// Makes finished spans of all records, together with the ticks at which they ended.
    pub(crate) fn drain_into(&mut self, clock: &Clock, spans: &mut Vec<(Tick, FinishedSpan)>) {
        for record in self.records.drain(..) {
            let details = self.details.get_mut(record.details as usize);
            let details = details.map(mem::take).unwrap_or_default();
            if let Some(identity) = self.identities.get(record.identity as usize) {
                spans.push((record.end, record.finish(identity, details, clock)));
            }
        }
        self.clear();
    }
}

/// Where a thread leaves its batches for the worker.
///
/// There are two cells, and the worker holds at most one of them at a time, so that the thread never has to
/// wait for it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    cells: [Mutex<Batch>; 2],
    /// Only the worker's.
    spare: Mutex<Batch>,
    abandoned: AtomicBool,
}

impl Inbox {
    /// Takes the spans of `batch`, unless there are too many already or the tracer is closed: then they are
    /// counted. Leaves `batch` as it is in the rare case that the worker was in the way.
    pub(crate) fn accept(&self, batch: &mut Batch, tracer: &TracerInner) {
        for cell in self.cells.iter().chain(&self.cells) {
            let mut cell = match cell.try_lock() {
                Ok(cell) => cell,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            Self::fill(&mut cell, batch, tracer);
            return;
        }
    }

    /// As [`accept`](Self::accept), for a batch that cannot be kept for another time.
    pub(crate) fn accept_last(&self, batch: &mut Batch, tracer: &TracerInner) {
        self.accept(batch, tracer);
        if let (false, [cell, _]) = (batch.records.is_empty(), &self.cells) {
            Self::fill(
                &mut cell.lock().unwrap_or_else(PoisonError::into_inner),
                batch,
                tracer,
            );
        }
    }

    fn fill(cell: &mut Batch, batch: &mut Batch, tracer: &TracerInner) {
        // Read under the lock: the worker's last visit comes after the tracer was closed.
        if tracer.is_closed() {
            tracer.stats.lose(Loss::AfterClose, batch.records.len());
            batch.clear();
            return;
        }
        let bytes = batch.bytes();
        let room = tracer.reserve(batch.records.len(), bytes);
        if room < batch.records.len() {
            tracer.stats.lose(Loss::QueueFull, batch.records.len() - room);
            batch.truncate(room);
            tracer.release(0, bytes - batch.bytes());
        }
        if cell.records.is_empty() {
            mem::swap(cell, batch);
            batch.clear();
        } else {
            cell.append(batch);
        }
    }

    /// Hands each batch to `take`, which empties it.
    ///
    /// What lies in a cell is replaced by what was emptied last time and not by a new batch, or the thread would
    /// have to let that one grow.
    pub(crate) fn visit(&self, mut take: impl FnMut(&mut Batch)) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        for cell in &self.cells {
            {
                let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
                if cell.records.is_empty() {
                    continue;
                }
                mem::swap(&mut *cell, &mut *spare);
            }
            take(&mut spare);
            spare.clear();
        }
    }

    /// Says that no more will come, because the thread is over.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }
}

/// The tag and the fields of the log record that mark a span as failed.
pub(crate) fn error_fields(kind: Cow<'static, str>, message: Option<TagValue>) -> Vec<Tag> {
    let mut fields = vec![Tag::new("event", "error"), Tag::new("error.kind", kind)];
    fields.extend(message.map(|message| Tag::new("message", message)));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id;
    use crate::tracer::Tracer;

    fn fill(batch: &mut Batch) {
        let identity = batch.add_identity(Identity {
            trace_id: id::new_trace_id(),
            flags: TraceFlags::SAMPLED,
            key: IdKey::of_process(),
            parent: None,
            remote_parent: false,
        });
        for number in 1..=100 {
            let record = Record::new(number, 0, "op", Tick::now(), Tick::now());
            batch.push(record, identity, Details::NONE);
        }
    }

    #[test]
    fn a_thread_gets_a_batch_with_room_also_while_the_worker_has_the_last_one() {
        let (tracer, inbox) = (Tracer::noop(), Inbox::default());
        let mut batch = Batch::new();
        let mut room = Vec::new();
        for _ in 0..5 {
            fill(&mut batch);
            inbox.accept(&mut batch, tracer.inner());
            let mut with_worker = true;
            inbox.visit(|_| {
                if mem::take(&mut with_worker) {
                    fill(&mut batch);
                    inbox.accept(&mut batch, tracer.inner());
                    room.push(batch.records.capacity());
                }
            });
        }
        assert!(room[2..].iter().all(|&room| room >= 100), "{room:?}");
    }

    #[test]
    fn spans_that_find_no_room_are_lost_with_their_details() {
        let tag = || Tag::new("key", "value");
        let mut batch = Batch::new();
        fill(&mut batch);
        for _ in 0..2 {
            let mut details = Details::NONE;
            details.extra().set_tag(tag());
            let record = Record::new(1, 0, "tagged", Tick::now(), Tick::now());
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
